using System.Globalization;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>
/// Reads a libGDX atlas as the loader of libGDX 1.9.13 and later does: pages begin after an empty line, lines with a colon are entries, others name a region;
/// bounds are those of the upright sprite, offsets count from the bottom left, a turned sprite lies counterclockwise. Unlike the loader it refuses what it does not know.
/// </summary>
internal static class LibGdxAtlas
{
    public static Dictionary<string, ConsumedSprite> Read(string text, IReadOnlyList<RgbaImage> pages)
    {
        Dictionary<string, ConsumedSprite> sprites = [];
        int page = -1;
        foreach (string block in text.Split("\n\n"))
        {
            page++;
            Queue<string> lines = new(block.TrimEnd('\n').Split('\n'));
            Assert.EndsWith(".png", lines.Dequeue(), StringComparison.Ordinal);
            Dictionary<string, string[]> header = Entries(lines);
            Assert.Equal([pages[page].Width, pages[page].Height], Integers(header["size"]));
            Assert.Equal(["Linear", "Linear"], header["filter"]);
            while (lines.Count > 0)
            {
                string name = lines.Dequeue();
                Dictionary<string, string[]> entries = Entries(lines);
                Assert.Empty(entries.Keys.Except(["index", "bounds", "offsets", "rotate", "split"]));
                int[] bounds = Integers(entries["bounds"]);
                int[] offsets = entries.TryGetValue("offsets", out string[]? given) ? Integers(given) : [0, 0, bounds[2], bounds[3]];
                bool turned = entries.ContainsKey("rotate");
                Assert.Equal(turned ? ["true"] : null, entries.GetValueOrDefault("rotate"));
                int[]? split = entries.TryGetValue("split", out string[]? borders) ? Integers(borders) : null;
                name = entries.TryGetValue("index", out string[]? index) ? $"{name}_{index[0]}" : name;
                sprites.Add(name, new ConsumedSprite(
                    page,
                    [bounds[0], bounds[1] + (turned ? bounds[2] : 0)],
                    turned ? [0, -1] : [1, 0],
                    turned ? [1, 0] : [0, 1],
                    [offsets[0], offsets[3] - offsets[1] - bounds[3], bounds[2], bounds[3]],
                    offsets[2..])
                {
                    Borders = split is null ? null : [split[0], split[2], split[1], split[3]],
                });
            }
        }

        Assert.Equal(pages.Count, page + 1);
        return sprites;
    }

    private static Dictionary<string, string[]> Entries(Queue<string> lines)
    {
        Dictionary<string, string[]> entries = [];
        while (lines.TryPeek(out string? line) && line.IndexOf(':', StringComparison.Ordinal) is >= 0 and int colon)
        {
            entries.Add(line[..colon].Trim(), [.. line[(colon + 1)..].Split(',').Select(value => value.Trim())]);
            lines.Dequeue();
        }

        return entries;
    }

    private static int[] Integers(string[] values) => [.. values.Select(value => int.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture))];
}
