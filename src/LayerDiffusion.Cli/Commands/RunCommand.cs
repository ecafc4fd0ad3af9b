using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Cli.Requests;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>run REQUEST.json</c>: calls the method of the pipeline that a request file names.</summary>
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
        A request is a JSON object. "mode" names the method: generateTransparent (the default), generateImage, inpaint, outpaint, blendForeground,
        blendBackground, extractForeground, extractBackground, generateLayers, generateBackground, generateForeground, addLayer, redrawLayer,
        encodeTransparent or decodeTransparent. "prompt" is what the picture shows, "prompts" an object of foreground, background and blended for sets of layers. "image", "mask", "foreground", "background"
        and "blended" are pictures that a method works on, "latent" a .safetensors file, "left", "top", "right" and "bottom" what outpaint adds; "stack" is the folder of a layer stack,
        "layer" the one to redraw. Every option has its name of the API in camelCase (width, steps, guidanceScale, seed, scheduler, strength, ...); "model",
        "out", "premultiplied", "padded", "checkerboard", "trace" and "previews" are paths. Paths are relative to the file.
        "layerdiffusion info PICTURE.png --request" prints the request of a picture that was made of a prompt alone.
        """);

    /// <inheritdoc/>
    public override void Execute(ParsedArguments arguments, CommandConsole console, CancellationToken cancellationToken) =>
        new RequestRunner(console).Run(RequestReader.ReadFile(arguments.Argument!), cancellationToken);
}
