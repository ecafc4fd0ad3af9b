using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>extract foreground|background</c>: one layer of a blended picture whose other layer is known.</summary>
internal sealed class ExtractCommand() : RequestCommand(
    "extract",
    mode: null,
    "foreground|background",
    needsArgument: true,
    "Takes a layer out of a whole picture of which the other layer is known.",
    RequestOption.Text("--prompt", "T", "what the layer shows", "prompt"),
    RequestOption.Text("--blended", "FILE", "the whole picture, PNG", "blended"),
    RequestOption.Text("--foreground", "FILE", "to extract the background: the foreground, a transparent PNG picture", "foreground"),
    RequestOption.Text("--background", "FILE", "to extract the foreground: the background, PNG", "background"))
{
    /// <inheritdoc/>
    protected override void Start(JsonObject request, ParsedArguments arguments) => request["mode"] = arguments.Argument switch
    {
        "foreground" => "extractForeground",
        "background" => "extractBackground",
        _ => throw new UsageException($"'{arguments.Argument}' cannot be extracted; wanted foreground or background."),
    };
}
