namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What the UNet is told of a prompt.</summary>
/// <param name="HiddenStates"><c>[sequence, width]</c> states of the text encoders.</param>
/// <param name="SequenceLength">Tokens: 77 times the number of chunks.</param>
/// <param name="Width">Context width.</param>
/// <param name="TextEmbeds">The pooled vector of SDXL, otherwise <see langword="null"/>.</param>
internal sealed record Conditioning(float[] HiddenStates, int SequenceLength, int Width, float[]? TextEmbeds);
