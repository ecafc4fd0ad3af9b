using System.Text;
using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>export psd|ora|atlas|sprites</c>: pictures as editors and engines want them.</summary>
internal sealed class ExportCommand : Command
{
    private const int MostSources = 4096;

    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; } = new(
        "export",
        "psd|ora|atlas|sprites SOURCE...",
        NeedsArgument: true,
        "Writes pictures as a layered file, as an atlas of an engine or one by one for an engine.",
        [
            new CommandOption("--out", "PATH", "psd, ora: the file, out.psd or out.ora if left out; atlas, sprites: the folder, sprites if left out"),
            new CommandOption("--engine", "NAME", "Unity, Godot4, UnrealPaper2D or MonoGame; Godot4 if left out"),
            new CommandOption("--format", "NAME", $"how the atlas is described, if not as the engine wants it: {string.Join(", ", Enum.GetNames<AtlasFormat>())}"),
            new CommandOption("--trim-alpha", "N", "atlas: margins of alpha up to this are cut off, 0 to 254; 0 if left out"),
            new CommandOption("--name", "NAME", "the name of the atlas; sprites if left out"),
        ],
        "A SOURCE is a PNG picture, for a layered file from the bottom to the top; psd and ora also take the folder of a layer stack.")
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
            case "atlas":
                ExportAtlas(sources, arguments, files);
                break;
            case "sprites":
                EnginePreset preset = PresetOf(arguments);
                foreach (string source in sources)
                {
                    preset.Prepare(RgbaImage.LoadPng(source)).AsStored().SavePng(files.Add(Path.Combine(PathOf(arguments, "sprites"), Path.GetFileName(source))));
                }

                break;
            default:
                throw new UsageException($"'{kind}' is nothing to export to; wanted psd, ora, atlas or sprites.");
        }
    }

    private static void ExportAtlas(string[] sources, ParsedArguments arguments, OutputFiles files)
    {
        EnginePreset preset = PresetOf(arguments);
        preset = preset with { Atlas = preset.Atlas with { TrimAlpha = (byte)(arguments.Integer("--trim-alpha", 0, byte.MaxValue - 1) ?? preset.Atlas.TrimAlpha) } };
        AtlasFormat format = arguments.Find("--format") is { } text
            ? Enum.TryParse(text, ignoreCase: true, out AtlasFormat known) && Enum.IsDefined(known) && !char.IsAsciiDigit(text[0])
                ? known
                : throw new UsageException($"--format is '{text}'; wanted one of {string.Join(", ", Enum.GetNames<AtlasFormat>())}.")
            : preset.Format;
        string name = arguments.Find("--name") ?? "sprites";
        string folder = PathOf(arguments, "sprites");
        SpriteAtlas atlas = preset.Pack(sources.Select(source => new AtlasSprite(Path.GetFileNameWithoutExtension(source), RgbaImage.LoadPng(source))));
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

    private static EnginePreset PresetOf(ParsedArguments arguments) => arguments.Find("--engine") is { } name ? EnginePreset.Parse(name) : EnginePreset.Godot4;

    private static string PathOf(ParsedArguments arguments, string missing) => Path.GetFullPath(arguments.Find("--out") ?? missing);
}
