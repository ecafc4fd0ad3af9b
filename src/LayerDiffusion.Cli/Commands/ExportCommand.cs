using System.Text;
using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>export psd|ora|tiff|atlas|sprites|strip</c>: pictures as editors and engines want them.</summary>
internal sealed class ExportCommand : Command
{
    private const int MostSources = 4096;

    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; } = new(
        "export",
        "psd|ora|tiff|atlas|sprites|strip SOURCE...",
        NeedsArgument: true,
        "Writes pictures as a layered file, as an atlas of an engine or one by one for an engine.",
        [
            new CommandOption("--out", "PATH", "psd, ora, tiff: the file, out.psd, out.ora or out.tif if left out; others: the folder, sprites if left out"),
            new CommandOption("--engine", "NAME", "Unity, Godot4, UnrealPaper2D or MonoGame; Godot4 if left out"),
            new CommandOption("--format", "NAME", $"how the atlas is described, if not as the engine wants it: {string.Join(", ", Enum.GetNames<AtlasFormat>())}"),
            new CommandOption("--trim-alpha", "N", "atlas: margins of alpha up to this are cut off, 0 to 254; 0 if left out"),
            new CommandOption("--nine-slice", "N", "atlas: pictures with a middle that can be stretched become panels; samples that differ by up to N are equal, 0 to 255"),
            new CommandOption("--columns", "N", "strip: frames in a row; all if left out"),
            new CommandOption("--frame-time", "MS", "strip: how long a frame stays, in milliseconds; 100 if left out"),
            new CommandOption("--name", "NAME", "the name of the atlas or the animation; sprites if left out"),
        ],
        "A SOURCE is a PNG picture, for a layered file from the bottom to the top; psd, ora and tiff also take the folder of a layer stack. "
        + "A strip has pictures of one size, such as variants of one prompt, as the frames of an animation.")
    {
        MostArguments = MostSources,
    };

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        string kind = arguments.Argument!;
        string[] sources = [.. arguments.Arguments.Skip(1)];
        if (sources.Length == 0)
        {
            throw new UsageException("SOURCE is missing.");
        }

        using OutputFiles files = new();
        try
        {
            Export(kind, sources, arguments, files);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(UsageException.TextOf(exception), exception);
        }

        cancellationToken.ThrowIfCancellationRequested();
        files.Commit();
        foreach (string path in files.Paths)
        {
            console.Out.WriteLine(path);
        }
    }

    private static void Export(string kind, string[] sources, ParsedArguments arguments, OutputFiles files)
    {
        switch (kind)
        {
            case "psd":
                PsdFile.Save(ToDocument(sources), files.Add(PathOf(arguments, "out.psd")));
                break;
            case "ora":
                OpenRasterFile.Save(ToDocument(sources), files.Add(PathOf(arguments, "out.ora")));
                break;
            case "tiff":
                TiffFile.Save(ToDocument(sources), files.Add(PathOf(arguments, "out.tif")));
                break;
            case "atlas":
                Save(PresetOf(arguments).Pack(ToSprites(sources, arguments)), arguments, files);
                break;
            case "strip":
                Save(ToStrip(sources, arguments), arguments, files);
                break;
            case "sprites":
                EnginePreset preset = PresetOf(arguments);
                foreach (string source in sources)
                {
                    preset.Prepare(RgbaImage.LoadPng(source)).AsStored().SavePng(files.Add(Path.Combine(PathOf(arguments, "sprites"), Path.GetFileName(source))));
                }

                break;
            default:
                throw new UsageException($"'{kind}' is nothing to export to; wanted psd, ora, tiff, atlas, sprites or strip.");
        }
    }

    private static IEnumerable<AtlasSprite> ToSprites(string[] sources, ParsedArguments arguments) => sources.Select(source =>
    {
        RgbaImage image = RgbaImage.LoadPng(source);
        return new AtlasSprite(Path.GetFileNameWithoutExtension(source), image) { NineSlice = arguments.Integer("--nine-slice", 0, byte.MaxValue) is { } tolerance ? NineSlice.Detect(image, tolerance: (int)tolerance) : null };
    });

    private static SpriteAtlas ToStrip(string[] sources, ParsedArguments arguments)
    {
        // The whole sheet need not be a power of two for a frame to be of use, so a frame need not either.
        EnginePreset preset = PresetOf(arguments);
        preset = preset with { Atlas = preset.Atlas with { PowerOfTwo = false } };
        return SpriteAtlas.Strip(
            NameOf(arguments),
            [.. sources.Select(source => preset.Prepare(RgbaImage.LoadPng(source)))],
            arguments.Integer("--columns", 1, int.MaxValue) ?? 0,
            arguments.Integer("--frame-time", 1, int.MaxValue) ?? 100);
    }

    private static void Save(SpriteAtlas atlas, ParsedArguments arguments, OutputFiles files)
    {
        AtlasFormat format = arguments.Find("--format") is { } text
            ? Enum.TryParse(text, ignoreCase: true, out AtlasFormat known) && Enum.IsDefined(known) && !char.IsAsciiDigit(text[0])
                ? known
                : throw new UsageException($"--format is '{text}'; wanted one of {string.Join(", ", Enum.GetNames<AtlasFormat>())}.")
            : PresetOf(arguments).Format;
        string name = NameOf(arguments);
        string folder = PathOf(arguments, "sprites");
        IReadOnlyList<AtlasFile> descriptions = AtlasExporter.Describe(atlas, name, format);
        IReadOnlyList<string> pages = AtlasExporter.PageNames(atlas, name);
        for (int page = 0; page < pages.Count; page++)
        {
            atlas.Pages[page].Image.AsStored().SavePng(files.Add(Path.Combine(folder, pages[page])));
        }

        foreach (AtlasFile description in descriptions)
        {
            File.WriteAllBytes(files.Add(Path.Combine(folder, description.Name)), Encoding.UTF8.GetBytes(description.Text));
        }
    }

    private static LayeredDocument ToDocument(string[] sources)
    {
        if (sources.Length == 1 && Directory.Exists(sources[0]))
        {
            return LayerStack.Load(sources[0]).ToDocument();
        }

        DocumentLayer[] layers = [.. sources.Select(source => new DocumentLayer(Path.GetFileNameWithoutExtension(source), RgbaImage.LoadPng(source)))];
        return new LayeredDocument(layers.Max(layer => layer.Image.Width), layers.Max(layer => layer.Image.Height), layers);
    }

    private static EnginePreset PresetOf(ParsedArguments arguments)
    {
        EnginePreset preset = arguments.Find("--engine") is { } name ? EnginePreset.Parse(name) : EnginePreset.Godot4;
        return arguments.Integer("--trim-alpha", 0, byte.MaxValue - 1) is { } alpha ? preset with { Atlas = preset.Atlas with { TrimAlpha = (byte)alpha } } : preset;
    }

    private static string NameOf(ParsedArguments arguments) => arguments.Find("--name") ?? "sprites";

    private static string PathOf(ParsedArguments arguments, string missing) => Path.GetFullPath(arguments.Find("--out") ?? missing);
}
