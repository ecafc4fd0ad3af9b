namespace LayerDiffusion.Onnx.Packages;

/// <summary>What a manifest says of one UNet.</summary>
/// <param name="Mode">The mode.</param>
/// <param name="Folder">The folder of the graph.</param>
/// <param name="Conditions">The pictures whose latents follow the noisy one on the channel axis.</param>
/// <param name="Frames">The pictures that are drawn together; empty for one.</param>
/// <param name="ControlFolder">The folder of the control encoder, or <see langword="null"/>.</param>
/// <param name="ControlImage">The picture the control encoder takes, or <see langword="null"/>.</param>
internal sealed record UnetEntry(
    string Mode,
    string Folder,
    IReadOnlyList<LayerRole> Conditions,
    IReadOnlyList<LayerRole> Frames,
    string? ControlFolder,
    LayerRole? ControlImage);
