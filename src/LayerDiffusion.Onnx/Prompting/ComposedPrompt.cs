namespace LayerDiffusion.Onnx.Prompting;

/// <summary>One of the prompts that AND joins, see <see cref="PromptParser.ParseComposition"/>.</summary>
/// <param name="Text">The prompt; it may still hold a schedule and weights.</param>
/// <param name="Weight">Factor of its guidance term: the noise prediction is ε(∅) + guidance · Σ weight · (ε(text) − ε(∅)).</param>
public sealed record ComposedPrompt(string Text, double Weight);
