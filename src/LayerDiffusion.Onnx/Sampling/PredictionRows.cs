namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The predictions of one image under all condition sets of a batch.</summary>
/// <param name="output">The batch's output from the image's row in the first block on.</param>
/// <param name="stride">The distance of two blocks: rows times the length of a row.</param>
/// <param name="length">The length of a row.</param>
internal readonly ref struct PredictionRows(ReadOnlySpan<float> output, int stride, int length)
{
    private readonly ReadOnlySpan<float> output = output;
    private readonly int stride = stride;

    /// <summary>Gets the length of a row.</summary>
    public int Length { get; } = length;

    /// <summary>Gets the prediction under the condition set of a block.</summary>
    public ReadOnlySpan<float> this[int block] => this.output.Slice(block * this.stride, this.Length);
}
