namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What the brackets, colons and capital words of a prompt mean.</summary>
public enum PromptSyntax
{
    /// <summary>Nothing: the prompt is taken literally, as diffusers does.</summary>
    Plain,

    /// <summary>
    /// The syntax of the AUTOMATIC1111 web UI: weights <c>(word:1.3)</c>, <c>BREAK</c>, prompt editing <c>[from:to:when]</c>, alternation <c>[a|b]</c> and composition with <c>AND</c>.
    /// </summary>
    Weighted,
}
