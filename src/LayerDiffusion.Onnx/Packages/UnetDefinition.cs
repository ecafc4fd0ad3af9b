namespace LayerDiffusion.Onnx.Packages;

/// <summary>One UNet and what it was trained for.</summary>
/// <param name="Mode">The name of the mode.</param>
/// <param name="Graph">The graph.</param>
/// <param name="Conditions">The pictures whose latents follow the noisy one on the channel axis, in order. Empty for none.</param>
/// <param name="Frames">The pictures that are drawn together by shared attention, in the order of the rows. Empty for one picture.</param>
/// <param name="Control">The control encoder, or <see langword="null"/>.</param>
/// <param name="InputChannels">The channels of the input <c>sample</c>.</param>
internal sealed record UnetDefinition(
    string Mode,
    ModelGraph Graph,
    IReadOnlyList<LayerRole> Conditions,
    IReadOnlyList<LayerRole> Frames,
    ControlDefinition? Control,
    int InputChannels);
