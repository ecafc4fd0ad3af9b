namespace LayerDiffusion.Onnx.Prompting;

/// <summary>A text encoder with the tokenizer that feeds it.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Encoder">The network.</param>
/// <param name="TextualInversions">The vectors of the tokenizer's placeholders in this network's width, or null if it has none.</param>
internal sealed record TextEncoderStage(ClipTokenizer Tokenizer, ITextEncoder Encoder, TextualInversionTable? TextualInversions = null);
