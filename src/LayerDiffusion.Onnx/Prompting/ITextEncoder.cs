namespace LayerDiffusion.Onnx.Prompting;

/// <summary>A text encoder network. Which hidden state it gives (last, penultimate, CLIP skip) is its own affair.</summary>
internal interface ITextEncoder
{
    /// <summary>Encodes one chunk.</summary>
    /// <param name="ids">Token ids, as many as the tokenizer's maximum length (77).</param>
    /// <param name="endIndex">Where the end token after the content is; a graph with an <c>eos_index</c> input gets it.</param>
    /// <param name="textualInversions">
    /// The vectors that the graph's <c>ti_embeddings</c> input takes if one of <paramref name="ids"/> is a placeholder, else null.
    /// An encoder whose graph lacks the input throws.
    /// </param>
    /// <returns>The hidden state and, if the network has it, the pooled vector.</returns>
    TextEncoding Encode(ReadOnlySpan<int> ids, int endIndex, TextualInversionTable? textualInversions);
}
