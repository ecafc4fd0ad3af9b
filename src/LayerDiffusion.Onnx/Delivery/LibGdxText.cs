using System.Globalization;
using System.Text;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// The libGDX atlas text: <c>bounds</c> holds the size of the upright sprite, <c>offsets</c> counts from the bottom left of the untrimmed one,
/// <c>rotate</c> is a quarter turn counterclockwise. A name that ends in underscore and digits becomes a name and an <c>index</c>, as libGDX's own packer does.
/// </summary>
internal static class LibGdxText
{
    public static string Write(SpriteAtlas atlas, string name)
    {
        StringBuilder text = new();
        IReadOnlyList<string> pageNames = AtlasExporter.PageNames(atlas, name);
        for (int page = 0; page < atlas.Pages.Count; page++)
        {
            RgbaImage image = atlas.Pages[page].Image;
            text.Append(page > 0 ? "\n" : string.Empty);
            text.Append(CultureInfo.InvariantCulture, $"{pageNames[page]}\nsize:{image.Width},{image.Height}\nfilter:Linear,Linear\n");
            text.Append(image.AlphaMode == AlphaMode.Premultiplied ? "pma:true\n" : string.Empty);
            foreach (AtlasRegion region in atlas.Regions)
            {
                if (region.Page == page)
                {
                    WriteRegion(text, region);
                }
            }
        }

        return text.ToString();
    }

    private static void WriteRegion(StringBuilder text, AtlasRegion region)
    {
        (string name, int index) = SplitIndex(region.Name);
        if (name.Contains(':', StringComparison.Ordinal) || name.AsSpan().Trim().Length != name.Length)
        {
            throw new ArgumentException($"libGDX cannot read the sprite name '{region.Name}': no colons, and no spaces at its ends.", nameof(region));
        }

        text.Append(name).Append('\n');
        if (index >= 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"index:{index}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"bounds:{region.X},{region.Y},{region.Width},{region.Height}\n");
        if (region.Trimmed)
        {
            int below = region.SourceHeight - region.Height - region.TrimTop;
            text.Append(CultureInfo.InvariantCulture, $"offsets:{region.TrimLeft},{below},{region.SourceWidth},{region.SourceHeight}\n");
        }

        text.Append(region.Rotation == SpriteRotation.None ? string.Empty : "rotate:true\n");
        if (region.NineSlice is { } slice)
        {
            text.Append(CultureInfo.InvariantCulture, $"split:{slice.Left},{slice.Right},{slice.Top},{slice.Bottom}\n");
        }
    }

    private static (string Name, int Index) SplitIndex(string name)
    {
        int underscore = name.LastIndexOf('_');
        return underscore > 0 && int.TryParse(name.AsSpan(underscore + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? (name[..underscore], index)
            : (name, -1);
    }
}
