namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What all prompts of a generation say during some steps.</summary>
/// <param name="UntilStep">The last step, counted from 1, that uses it.</param>
/// <param name="Positive">The texts of each part that AND joins, one per frame.</param>
/// <param name="Negative">The negative text, or <see langword="null"/> where there is none.</param>
internal sealed record PromptWording(int UntilStep, IReadOnlyList<IReadOnlyList<string>> Positive, string? Negative);
