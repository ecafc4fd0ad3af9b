namespace LayerDiffusion.Onnx.Packages;

/// <summary>How a prompt becomes what the UNet takes.</summary>
/// <param name="Hidden">The state of each encoder that becomes context.</param>
/// <param name="Pooled">The output of the last encoder that is the pooled embedding, or <see langword="null"/> if the UNet takes none.</param>
internal sealed record TextSettings(HiddenState Hidden, string? Pooled);
