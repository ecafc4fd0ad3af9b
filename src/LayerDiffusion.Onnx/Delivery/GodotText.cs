using System.Globalization;
using System.Text;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Godot 4 text resources. A path without <c>res://</c> is looked for beside the resource, so that the files may lie in any folder of the project together.</summary>
internal static class GodotText
{
    public static List<AtlasFile> Write(SpriteAtlas atlas, string name)
    {
        List<AtlasFile> files = [];
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        IReadOnlyList<string> pages = AtlasExporter.PageNames(atlas, name);
        foreach (AtlasRegion region in atlas.Regions)
        {
            string fileName = $"{name}.{AtlasExporter.FileNameOf(region.Name)}.tres";
            if (!names.Add(fileName))
            {
                throw new ArgumentException($"Sprite '{region.Name}' and another one both become the file '{fileName}'.", nameof(atlas));
            }

            files.Add(new AtlasFile(fileName, region.NineSlice is { } slice ? StyleBox(region, slice, pages) : Texture(region, pages)));
        }

        if (atlas.Animations.Count > 0)
        {
            string fileName = name + ".tres";
            files.Add(new AtlasFile(fileName, Frames(atlas, pages)));
        }

        return files;
    }

    private static string Texture(AtlasRegion region, IReadOnlyList<string> pages)
    {
        StringBuilder text = new();
        text.Append("[gd_resource type=\"AtlasTexture\" load_steps=2 format=3]\n\n");
        text.Append(CultureInfo.InvariantCulture, $"[ext_resource type=\"Texture2D\" path=\"{pages[region.Page]}\" id=\"1\"]\n\n[resource]\n");
        WriteAtlasTexture(text, region, "1");
        return text.ToString();
    }

    private static string StyleBox(AtlasRegion region, NineSlice slice, IReadOnlyList<string> pages)
    {
        StringBuilder text = new();
        text.Append("[gd_resource type=\"StyleBoxTexture\" load_steps=2 format=3]\n\n");
        text.Append(CultureInfo.InvariantCulture, $"[ext_resource type=\"Texture2D\" path=\"{pages[region.Page]}\" id=\"1\"]\n\n[resource]\ntexture = ExtResource(\"1\")\n");
        text.Append(CultureInfo.InvariantCulture, $"texture_margin_left = {slice.Left}.0\ntexture_margin_top = {slice.Top}.0\n");
        text.Append(CultureInfo.InvariantCulture, $"texture_margin_right = {slice.Right}.0\ntexture_margin_bottom = {slice.Bottom}.0\n");
        text.Append(CultureInfo.InvariantCulture, $"region_rect = Rect2({region.X}, {region.Y}, {region.Width}, {region.Height})\n");
        return text.ToString();
    }

    private static string Frames(SpriteAtlas atlas, IReadOnlyList<string> pages)
    {
        Dictionary<string, int> used = new(StringComparer.Ordinal);
        foreach (SpriteAnimation animation in atlas.Animations)
        {
            foreach (string frame in animation.Frames)
            {
                used.TryAdd(frame, used.Count + 1);
            }
        }

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"[gd_resource type=\"SpriteFrames\" load_steps={pages.Count + used.Count + 1} format=3]\n\n");
        for (int page = 0; page < pages.Count; page++)
        {
            text.Append(CultureInfo.InvariantCulture, $"[ext_resource type=\"Texture2D\" path=\"{pages[page]}\" id=\"{page + 1}\"]\n");
        }

        foreach (AtlasRegion region in atlas.Regions)
        {
            if (used.TryGetValue(region.Name, out int id))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n[sub_resource type=\"AtlasTexture\" id=\"AtlasTexture_{id}\"]\n");
                WriteAtlasTexture(text, region, (region.Page + 1).ToString(CultureInfo.InvariantCulture));
            }
        }

        text.Append("\n[resource]\nanimations = [");
        for (int i = 0; i < atlas.Animations.Count; i++)
        {
            SpriteAnimation animation = atlas.Animations[i];
            text.Append(i > 0 ? ", {\n\"frames\": [" : "{\n\"frames\": [");
            for (int frame = 0; frame < animation.Frames.Count; frame++)
            {
                text.Append(frame > 0 ? ", " : string.Empty);
                text.Append(CultureInfo.InvariantCulture, $"{{\n\"duration\": 1.0,\n\"texture\": SubResource(\"AtlasTexture_{used[animation.Frames[frame]]}\")\n}}");
            }

            string speed = (1000.0 / animation.MillisecondsPerFrame).ToString("0.0###", CultureInfo.InvariantCulture);
            string name = animation.Name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $"],\n\"loop\": {(animation.Loop ? "true" : "false")},\n\"name\": &\"{name}\",\n\"speed\": {speed}\n}}");
        }

        return text.Append("]\n").ToString();
    }

    private static void WriteAtlasTexture(StringBuilder text, AtlasRegion region, string textureId)
    {
        text.Append(CultureInfo.InvariantCulture, $"atlas = ExtResource(\"{textureId}\")\nregion = Rect2({region.X}, {region.Y}, {region.Width}, {region.Height})\n");
        if (region.Trimmed)
        {
            text.Append(CultureInfo.InvariantCulture, $"margin = Rect2({region.TrimLeft}, {region.TrimTop}, {region.SourceWidth - region.Width}, {region.SourceHeight - region.Height})\n");
        }

        text.Append("filter_clip = true\n");
    }
}
