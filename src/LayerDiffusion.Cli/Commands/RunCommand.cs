using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Cli.Requests;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>run REQUEST.json</c>: what <c>generate</c> does, from a file.</summary>
internal sealed class RunCommand : Command
{
    /// <inheritdoc/>
    public override CommandSyntax Syntax { get; } = new(
        "run",
        "REQUEST.json",
        NeedsArgument: true,
        "Does what a request file says, so that a picture can be made again.",
        [],
        """
        A request is a JSON object. "prompt" is needed; "mode" names the method (generateTransparent, generateImage); every option has its name of the API
        in camelCase (width, steps, guidanceScale, seed, scheduler, negativePrompt, clipSkip, ...); "model", "out", "premultiplied", "padded", "checkerboard",
        "trace" and "previews" are paths relative to the file. "layerdiffusion info PICTURE.png --request" prints the request of a picture.
        """);

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken) =>
        new RequestRunner(console).Run(RequestReader.ReadFile(arguments.Argument!), cancellationToken);
}
