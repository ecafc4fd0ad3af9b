using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>TexturePacker's JSON: frame sizes are those of the upright sprite; <c>rotated</c> is a quarter turn clockwise.</summary>
internal static class TexturePackerText
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static List<AtlasFile> Write(SpriteAtlas atlas, string name, AtlasFormat format)
    {
        string extension = format == AtlasFormat.UnrealPaper2D ? ".paper2dsprites" : ".json";
        List<AtlasFile> files = [];
        for (int page = 0; page < atlas.Pages.Count; page++)
        {
            files.Add(new AtlasFile(AtlasExporter.PageBaseName(atlas, name, page) + extension, WritePage(atlas, name, page, format, extension)));
        }

        return files;
    }

    private static string WritePage(SpriteAtlas atlas, string name, int page, AtlasFormat format, string extension)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Format))
        {
            bool array = format == AtlasFormat.TexturePackerJsonArray;
            json.WriteStartObject();
            if (array)
            {
                json.WriteStartArray("frames");
            }
            else
            {
                json.WriteStartObject("frames");
            }

            foreach (AtlasRegion region in atlas.Regions)
            {
                if (region.Page == page)
                {
                    WriteFrame(json, region, format);
                }
            }

            if (array)
            {
                json.WriteEndArray();
            }
            else
            {
                json.WriteEndObject();
            }

            WriteAnimations(json, atlas, page);
            WriteMeta(json, atlas, name, page, format, extension);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    private static void WriteFrame(Utf8JsonWriter json, AtlasRegion region, AtlasFormat format)
    {
        if (format == AtlasFormat.TexturePackerJsonArray)
        {
            json.WriteStartObject();
            json.WriteString("filename", region.Name);
        }
        else
        {
            json.WriteStartObject(region.Name);
        }

        WriteBox(json, "frame", region.X, region.Y, region.Width, region.Height);
        json.WriteBoolean("rotated", region.Rotation != SpriteRotation.None);
        json.WriteBoolean("trimmed", region.Trimmed);
        WriteBox(json, "spriteSourceSize", region.TrimLeft, region.TrimTop, region.Width, region.Height);
        WriteSize(json, "sourceSize", region.SourceWidth, region.SourceHeight);
        WritePoint(json, "pivot", region.PivotX, region.PivotY);
        if (format != AtlasFormat.UnrealPaper2D)
        {
            // PixiJS reads only anchor, others only pivot; both mean the same.
            WritePoint(json, "anchor", region.PivotX, region.PivotY);
        }

        if (region.NineSlice is { } slice)
        {
            // PixiJS reads borders, Phaser reads scale9Borders.
            json.WriteStartObject("borders");
            json.WriteNumber("left", slice.Left);
            json.WriteNumber("top", slice.Top);
            json.WriteNumber("right", slice.Right);
            json.WriteNumber("bottom", slice.Bottom);
            json.WriteEndObject();
            WriteBox(json, "scale9Borders", slice.Left, slice.Top, region.Width - slice.Left - slice.Right, region.Height - slice.Top - slice.Bottom);
        }

        json.WriteEndObject();
    }

    private static void WriteAnimations(Utf8JsonWriter json, SpriteAtlas atlas, int page)
    {
        bool started = false;
        foreach (SpriteAnimation animation in atlas.Animations)
        {
            if (PageOf(atlas, animation) != page)
            {
                continue;
            }

            if (!started)
            {
                json.WriteStartObject("animations");
                started = true;
            }

            json.WriteStartArray(animation.Name);
            foreach (string frame in animation.Frames)
            {
                json.WriteStringValue(frame);
            }

            json.WriteEndArray();
        }

        if (started)
        {
            json.WriteEndObject();
        }
    }

    /// <summary>Gets the page that holds all frames of an animation, because readers look for frames in the same file; the first page if frames are spread.</summary>
    private static int PageOf(SpriteAtlas atlas, SpriteAnimation animation)
    {
        HashSet<string> frames = new(animation.Frames, StringComparer.Ordinal);
        int page = -1;
        foreach (AtlasRegion region in atlas.Regions)
        {
            if (frames.Contains(region.Name))
            {
                if (page != -1 && page != region.Page)
                {
                    return 0;
                }

                page = region.Page;
            }
        }

        return page;
    }

    private static void WriteMeta(Utf8JsonWriter json, SpriteAtlas atlas, string name, int page, AtlasFormat format, string extension)
    {
        RgbaImage image = atlas.Pages[page].Image;
        json.WriteStartObject("meta");
        json.WriteString("app", "LayerDiffusion.Onnx");
        json.WriteString("version", "1.0");
        if (format == AtlasFormat.UnrealPaper2D)
        {
            json.WriteString("target", "paper2d");
        }

        json.WriteString("image", AtlasExporter.PageBaseName(atlas, name, page) + ".png");
        json.WriteString("format", "RGBA8888");
        WriteSize(json, "size", image.Width, image.Height);
        json.WriteString("scale", "1");
        if (page == 0 && atlas.Pages.Count > 1)
        {
            json.WriteStartArray("related_multi_packs");
            for (int other = 1; other < atlas.Pages.Count; other++)
            {
                json.WriteStringValue(AtlasExporter.PageBaseName(atlas, name, other) + extension);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteBox(Utf8JsonWriter json, string name, int x, int y, int width, int height)
    {
        json.WriteStartObject(name);
        json.WriteNumber("x", x);
        json.WriteNumber("y", y);
        json.WriteNumber("w", width);
        json.WriteNumber("h", height);
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, string name, double x, double y)
    {
        json.WriteStartObject(name);
        json.WriteNumber("x", x);
        json.WriteNumber("y", y);
        json.WriteEndObject();
    }

    private static void WriteSize(Utf8JsonWriter json, string name, int width, int height)
    {
        json.WriteStartObject(name);
        json.WriteNumber("w", width);
        json.WriteNumber("h", height);
        json.WriteEndObject();
    }
}
