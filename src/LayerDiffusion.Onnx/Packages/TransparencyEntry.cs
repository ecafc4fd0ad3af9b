namespace LayerDiffusion.Onnx.Packages;

/// <summary>What a manifest says of the transparency graphs.</summary>
/// <param name="EncoderFolder">The folder of the encoder.</param>
/// <param name="DecoderFolder">The folder of the decoder.</param>
/// <param name="OffsetGain">The factor of the encoder's output.</param>
internal sealed record TransparencyEntry(string EncoderFolder, string DecoderFolder, double OffsetGain);
