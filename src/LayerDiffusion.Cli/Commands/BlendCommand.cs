using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>blend</c>: a whole picture around a foreground, or a foreground painted into a background.</summary>
internal sealed class BlendCommand() : RequestCommand(
    "blend",
    mode: null,
    "PROMPT",
    needsArgument: true,
    "Draws the whole picture of a foreground or of a background.",
    RequestOption.Text("--foreground", "FILE", "transparent PNG picture around which is painted", "foreground"),
    RequestOption.Text("--background", "FILE", "PNG picture into which is painted", "background"))
{
    /// <inheritdoc/>
    protected override void Start(JsonObject request, ParsedArguments arguments)
    {
        base.Start(request, arguments);
        bool hasForeground = arguments.Has("--foreground");
        if (hasForeground == arguments.Has("--background"))
        {
            throw new UsageException($"{(hasForeground ? "Both" : "Neither")} --foreground and --background {(hasForeground ? "are" : "is")} there; wanted one of them.");
        }

        request["mode"] = hasForeground ? "blendForeground" : "blendBackground";
    }
}
