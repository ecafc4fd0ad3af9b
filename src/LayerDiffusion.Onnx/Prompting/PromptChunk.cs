namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What a text encoder takes at once.</summary>
/// <param name="Ids">Start, content, end, padding; as many as the tokenizer's <see cref="ClipTokenizer.MaximumLength"/>.</param>
/// <param name="Weights">Weight of each id, or null where all are 1; start, end and padding have 1.</param>
/// <param name="EndIndex">Where the end token after the content is. Text encoders that look for the largest id would miss it after a placeholder id.</param>
internal sealed record PromptChunk(int[] Ids, float[]? Weights, int EndIndex);
