using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Commands;

/// <summary>A command that makes another picture of one; what a file says about itself goes along.</summary>
internal abstract class PictureCommand : Command
{
    /// <summary>Initializes a new instance of the <see cref="PictureCommand"/> class.</summary>
    protected PictureCommand(string name, string summary, params CommandOption[] options) => this.Syntax = new CommandSyntax(
        name, "PICTURE.png", NeedsArgument: true, summary, [.. options, new CommandOption("--out", "FILE", "the picture; out.png if left out")]);

    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; }

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(arguments.Find("--out") ?? "out.png");
        RgbaImage image = RgbaImage.LoadPng(arguments.Argument!, out PngMetadata metadata);
        using OutputFiles files = new();
        string file = files.Add(path);
        this.Change(image, arguments, console).SavePng(file, PngOptions.Default with { Metadata = metadata });
        cancellationToken.ThrowIfCancellationRequested();
        files.Commit();
        console.Out.WriteLine(path);
    }

    /// <summary>Makes the other picture.</summary>
    /// <exception cref="UsageException">An option is wrong.</exception>
    protected abstract RgbaImage Change(RgbaImage image, ParsedArguments arguments, CommandConsole console);
}
