using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>background --foreground FILE</c>: what a foreground stands before.</summary>
internal sealed class BackgroundCommand() : RequestCommand(
    "background",
    "PROMPT",
    needsArgument: false,
    "Draws the background of a foreground: three files, with both blended.",
    [RequestOption.Text("--foreground", "FILE", "transparent PNG picture", "foreground"), .. LayerOptions])
{
    /// <inheritdoc/>
    protected override void Start(JsonObject request, ParsedArguments arguments)
    {
        base.Start(request, arguments);
        request["mode"] = "generateBackground";
    }
}
