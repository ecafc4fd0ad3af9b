namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// A part of a step's tensors, small enough for the first-level cache: a step makes all its sums over one part before it goes on to the next,
/// so that each tensor travels through the memory once, however many sums there are.
/// </summary>
/// <param name="Start">Place of its first value.</param>
/// <param name="Length">Number of its values.</param>
internal readonly record struct StepPart(int Start, int Length)
{
    /// <summary>This part of a tensor; an empty one, which stands for a term of weight 0, stays empty.</summary>
    public Span<float> Of(float[] tensor) => this.Of(tensor.AsSpan());

    /// <inheritdoc cref="Of(float[])"/>
    public Span<float> Of(Span<float> tensor) => tensor.IsEmpty ? tensor : tensor.Slice(this.Start, this.Length);

    /// <inheritdoc cref="Of(float[])"/>
    public ReadOnlySpan<float> Of(ReadOnlySpan<float> tensor) => tensor.IsEmpty ? tensor : tensor.Slice(this.Start, this.Length);
}
