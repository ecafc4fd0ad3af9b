namespace LayerDiffusion.Cli.Commands;

/// <summary><c>background --foreground FILE</c>: what a foreground stands before.</summary>
internal sealed class BackgroundCommand() : RequestCommand(
    "background",
    mode: "generateBackground",
    "PROMPT",
    needsArgument: false,
    "Draws the background of a foreground: three files, with both blended.",
    [RequestOption.Text("--foreground", "FILE", "transparent PNG picture", "foreground"), .. LayerOptions]);
