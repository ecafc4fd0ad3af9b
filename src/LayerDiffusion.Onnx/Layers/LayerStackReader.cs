using System.Globalization;
using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>Loads stacks from folders and checks all that they say.</summary>
internal static class LayerStackReader
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    public static LayerStack Load(string folder)
    {
        string root = Path.GetFullPath(folder);
        string path = Path.Combine(root, LayerStackFormat.StackFile);
        using JsonDocument document = Open(root, path);
        LayerStackJson json = Root(document, path, out LayerStackJson[] entries);
        int width = json.Whole("width", 1, int.MaxValue);
        int height = json.Whole("height", 1, int.MaxValue);
        string[] fileNames = FileNames(entries);
        CheckPixels(json, entries);
        Layer[] layers = new Layer[entries.Length];
        for (int i = 0; i < layers.Length; i++)
        {
            layers[i] = ToLayer(entries[i], LoadImage(entries[i], Path.Combine(root, LayerStackFormat.LayersFolder, fileNames[i])));
        }

        try
        {
            return new LayerStack(width, height, layers);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"'{path}': {error.Message}", error);
        }
    }

    /// <summary>Reads the names of the files in the layers' folder that the stack in a folder uses.</summary>
    public static string[] ReadFileNames(string root)
    {
        string path = Path.Combine(root, LayerStackFormat.StackFile);
        using JsonDocument document = Open(root, path);
        Root(document, path, out LayerStackJson[] entries);
        return FileNames(entries);
    }

    private static JsonDocument Open(string root, string path)
    {
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"There is no folder '{root}'.");
        }

        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"The folder '{root}' holds no {LayerStackFormat.StackFile}, so it is no saved layer stack.", path);
        }

        using FileStream stream = File.OpenRead(path);
        if (stream.Length > LayerStackFormat.MaximumStackFileBytes)
        {
            throw new InvalidDataException($"'{path}' has {stream.Length} bytes; at most {LayerStackFormat.MaximumStackFileBytes} are read.");
        }

        try
        {
            return JsonDocument.Parse(stream, Options);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"'{path}' is no JSON: {error.Message}", error);
        }
    }

    private static LayerStackJson Root(JsonDocument document, string path, out LayerStackJson[] entries)
    {
        LayerStackJson root = new(path, string.Empty, document.RootElement);

        // First of all, because another version may differ in everything else.
        int version = root.Whole("version", 1, int.MaxValue);
        if (version != LayerStackFormat.Version)
        {
            throw new InvalidDataException($"'{path}': version is {version}; this library reads version {LayerStackFormat.Version}.");
        }

        root.CheckNames("version", "width", "height", "layers");
        entries = root.Objects("layers", LayerStack.MaximumLayers);
        return root;
    }

    private static string[] FileNames(LayerStackJson[] entries)
    {
        string[] names = new string[entries.Length];
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < names.Length; i++)
        {
            string file = entries[i].Text("file");
            if (!LayerStackFormat.TryParseFile(file, out names[i]))
            {
                throw entries[i].Wrong("file", "the path of a PNG file right in the folder of the layers, such as 'layers/1-name.png'");
            }

            if (!seen.Add(names[i]))
            {
                throw entries[i].Wrong("file", "a file that no other layer has");
            }
        }

        return names;
    }

    private static void CheckPixels(LayerStackJson root, LayerStackJson[] entries)
    {
        long pixels = 0;
        foreach (LayerStackJson entry in entries)
        {
            pixels += Math.Min(LayerStack.MaximumPixels + 1, (long)entry.Whole("width", 1, int.MaxValue) * entry.Whole("height", 1, int.MaxValue));
        }

        if (pixels > LayerStack.MaximumPixels)
        {
            throw new InvalidDataException($"'{root.Path}': the layers have more than {LayerStack.MaximumPixels} pixels together.");
        }
    }

    private static Layer ToLayer(LayerStackJson entry, RgbaImage image)
    {
        entry.CheckNames(
            "id", "name", "file", "width", "height", "x", "y", "prompt", "negative_prompt", "seed", "mode", "opacity", "blend_mode", "visible", "locked", "settings");
        Layer layer = new(entry.Text("name"), image, entry.Whole("x", -Layer.MaximumOffset, Layer.MaximumOffset, 0), entry.Whole("y", -Layer.MaximumOffset, Layer.MaximumOffset, 0))
        {
            Id = entry.Text("id"),
            Prompt = entry.OptionalText("prompt"),
            NegativePrompt = entry.OptionalText("negative_prompt"),
            Seed = ToSeed(entry),
            Mode = entry.OptionalText("mode"),
            Opacity = entry.Fraction("opacity", 1),
            BlendMode = ToBlendMode(entry),
            IsVisible = entry.Flag("visible", true),
            IsLocked = entry.Flag("locked", false),
            Settings = entry.RawObject("settings"),
        };
        return layer.Id.Length > 0 ? layer : throw entry.Wrong("id", "a text that is not empty");
    }

    private static long? ToSeed(LayerStackJson entry)
    {
        if (entry.OptionalText("seed") is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seed) ? seed : throw entry.Wrong("seed", "a text of digits for a whole number of 64 bits");
    }

    private static BlendMode ToBlendMode(LayerStackJson entry)
    {
        string? name = entry.OptionalText("blend_mode");
        if (name is null)
        {
            return BlendMode.Normal;
        }

        foreach (BlendMode mode in Enum.GetValues<BlendMode>())
        {
            if (LayerStackFormat.NameOf(mode) == name)
            {
                return mode;
            }
        }

        throw entry.Wrong("blend_mode", "a blend mode of W3C Compositing and Blending, such as 'normal' or 'color-dodge'");
    }

    private static RgbaImage LoadImage(LayerStackJson entry, string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"'{entry.Path}': the file '{path}' of {entry.Place} is missing.", path);
        }

        // Before any memory is taken for pixels.
        PngReadOptions options = new() { MaximumPixels = LayerStack.MaximumPixels };
        PngHeader header = ImageFile.Read(path, stream => PngDecoder.Read(stream, options, keepPixels: false).Header);
        int width = entry.Whole("width", 1, int.MaxValue);
        int height = entry.Whole("height", 1, int.MaxValue);
        return header.Width == width && header.Height == height
            ? RgbaImage.LoadPng(path, options)
            : throw new InvalidDataException($"'{entry.Path}': {entry.Place} is {width}×{height}, its file '{path}' is {header.Width}×{header.Height}; they must be equal.");
    }
}
