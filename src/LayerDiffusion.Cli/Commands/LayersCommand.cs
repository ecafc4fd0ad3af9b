namespace LayerDiffusion.Cli.Commands;

/// <summary><c>layers</c>: a foreground, a background and both blended.</summary>
internal sealed class LayersCommand() : RequestCommand(
    "layers", mode: "generateLayers", "PROMPT", needsArgument: false, "Draws a foreground, a background and both blended: three files.", LayerOptions);
