using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>layers</c>: a foreground, a background and both blended.</summary>
internal sealed class LayersCommand() : RequestCommand(
    "layers", "PROMPT", needsArgument: false, "Draws a foreground, a background and both blended: three files.", LayerOptions)
{
    /// <inheritdoc/>
    protected override void Start(JsonObject request, ParsedArguments arguments)
    {
        base.Start(request, arguments);
        request["mode"] = "generateLayers";
    }
}
