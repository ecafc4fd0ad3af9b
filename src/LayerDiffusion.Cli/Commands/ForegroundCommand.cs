namespace LayerDiffusion.Cli.Commands;

/// <summary><c>foreground --background FILE</c>: what stands before a background.</summary>
internal sealed class ForegroundCommand() : RequestCommand(
    "foreground",
    mode: "generateForeground",
    "PROMPT",
    needsArgument: false,
    "Draws a foreground for a background: three files, with both blended.",
    [RequestOption.Text("--background", "FILE", "PNG picture", "background"), .. LayerOptions]);
