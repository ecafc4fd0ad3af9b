namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What was dropped of a prompt because the text encoder takes no more.</summary>
/// <param name="TokenCount">Number of dropped tokens.</param>
/// <param name="Text">The dropped tokens as text: lower-case, one space after each word.</param>
public sealed record TruncatedPrompt(int TokenCount, string Text);
