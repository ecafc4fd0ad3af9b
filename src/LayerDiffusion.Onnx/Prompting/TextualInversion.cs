namespace LayerDiffusion.Onnx.Prompting;

/// <summary>A learned token.</summary>
public sealed class TextualInversion
{
    internal TextualInversion(string token, int vectorCount)
    {
        this.Token = token;
        this.VectorCount = vectorCount;
    }

    /// <summary>Gets the text that stands for the vectors in a prompt.</summary>
    public string Token { get; }

    /// <summary>Gets the number of vectors.</summary>
    public int VectorCount { get; }
}
