namespace LayerDiffusion.Onnx.Prompting;

/// <summary>A prompt as one text encoder gets it.</summary>
/// <param name="Chunks">The chunks in order, at least one.</param>
/// <param name="Truncated">What was dropped, or null.</param>
internal sealed record TokenizedPrompt(IReadOnlyList<PromptChunk> Chunks, TruncatedPrompt? Truncated);
