namespace LayerDiffusion.Onnx.Prompting;

/// <summary>The vectors behind a tokenizer's placeholder ids, as a text encoder graph's <c>ti_embeddings</c> input takes them.</summary>
/// <param name="FirstId">The id that stands for row 0; row r stands for <c>FirstId + r</c>.</param>
/// <param name="Width">D: width of the token embeddings.</param>
/// <param name="Vectors">[K, D] row-major.</param>
internal sealed record TextualInversionTable(int FirstId, int Width, float[] Vectors)
{
    /// <summary>Gets K, the number of rows.</summary>
    public int Count => this.Vectors.Length / this.Width;

    /// <summary>Joins the vectors of all textual inversions of a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="width">Width of the text encoder's token embeddings.</param>
    /// <returns>The table, or null if the tokenizer has none.</returns>
    /// <exception cref="InvalidDataException">An embedding has no vectors of that width.</exception>
    public static TextualInversionTable? Create(ClipTokenizer tokenizer, int width)
    {
        if (tokenizer.TextualInversions.Count == 0)
        {
            return null;
        }

        List<float> vectors = [];
        foreach (TextualInversion inversion in tokenizer.TextualInversions)
        {
            vectors.AddRange(inversion.Vectors(width));
        }

        return new TextualInversionTable(tokenizer.FirstPlaceholderId, width, [.. vectors]);
    }
}
