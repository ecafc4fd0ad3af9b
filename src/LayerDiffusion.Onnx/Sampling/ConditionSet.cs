namespace LayerDiffusion.Onnx.Sampling;

/// <summary>One full set of conditions, such as the positive or the negative one: a prompt for each frame.</summary>
/// <param name="Frames">Row r of the batch uses entry r modulo the count; one entry serves all rows.</param>
internal sealed record ConditionSet(IReadOnlyList<Conditioning> Frames)
{
    /// <summary>Gets the prompt of a row.</summary>
    public Conditioning ForRow(int row) => this.Frames[row % this.Frames.Count];
}
