using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>generate PROMPT</c>: a picture of a prompt, or of a prompt and a picture.</summary>
internal sealed class GenerateCommand() : RequestCommand(
    "generate",
    mode: null,
    "PROMPT",
    needsArgument: true,
    "Draws a picture with true transparency.",
    RequestOption.Text("--init", "FILE", "PNG picture that is drawn anew", "image"),
    RequestOption.Number("--strength", "how far it is drawn anew, above 0 to 1; 0.75 if left out, and 1 with a mask", "strength") with { Placeholder = "X" },
    RequestOption.Text("--mask", "FILE", "PNG picture, white where the other is repainted; the rest stays as it is", "mask"),
    RequestOption.Switch("--soft-mask", "greys of the mask mix old and new", "softMask", () => JsonValue.Create(true)),
    RequestOption.Switch("--opaque", "an ordinary opaque picture, by the package's base network", "mode", () => JsonValue.Create("generateImage")))
{
    /// <inheritdoc/>
    protected override void Start(JsonObject request, ParsedArguments arguments)
    {
        base.Start(request, arguments);
        if (!arguments.Has("--mask"))
        {
            return;
        }

        request["mode"] = arguments.Has("--opaque") ? throw new UsageException("--mask and --opaque do not go together: only transparent pictures are repainted in part.") : "inpaint";
    }
}
