namespace LayerDiffusion.Onnx.Prompting;

/// <summary>A piece of a prompt whose words have the same weight.</summary>
/// <param name="Text">The text, brackets and backslashes taken out.</param>
/// <param name="Weight">Factor of its attention; 1 for plain text, −1 for the word BREAK that starts a new chunk.</param>
public sealed record PromptFragment(string Text, double Weight)
{
    /// <summary>Gets a value indicating whether the fragment is the word BREAK outside brackets: what follows starts a new chunk.</summary>
    public bool IsBreak => this.Weight == -1 && this.Text == PromptParser.BreakWord;
}
