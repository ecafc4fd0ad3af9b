using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>foreground --background FILE</c>: what stands before a background.</summary>
internal sealed class ForegroundCommand() : RequestCommand(
    "foreground",
    "PROMPT",
    needsArgument: false,
    "Draws a foreground for a background: three files, with both blended.",
    [RequestOption.Text("--background", "FILE", "PNG picture", "background"), .. LayerOptions])
{
    /// <inheritdoc/>
    protected override void Start(JsonObject request, ParsedArguments arguments)
    {
        base.Start(request, arguments);
        request["mode"] = "generateForeground";
    }
}
