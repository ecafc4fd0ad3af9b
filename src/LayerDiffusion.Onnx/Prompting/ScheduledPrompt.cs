namespace LayerDiffusion.Onnx.Prompting;

/// <summary>The prompt of some sampling steps, see <see cref="PromptParser.ParseSchedule"/>.</summary>
/// <param name="UntilStep">The last step, counted from 1, that uses the text.</param>
/// <param name="Text">The prompt of these steps; it may still hold weights.</param>
public sealed record ScheduledPrompt(int UntilStep, string Text);
