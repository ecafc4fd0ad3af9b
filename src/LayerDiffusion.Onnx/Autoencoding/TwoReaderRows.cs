using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>Rows that two readers take in rising order, one of them ahead of the other: what lies between the two is kept, nothing else.</summary>
internal sealed class TwoReaderRows(SeparableResampler.RowReader source)
{
    private readonly Queue<float[]> kept = new();
    private readonly Stack<float[]> free = new();

    /// <summary>Gets a row for the reader that is ahead.</summary>
    public ReadOnlySpan<float> Ahead(int y)
    {
        ReadOnlySpan<float> row = source(y);
        float[] copy = this.free.TryPop(out float[]? used) ? used : new float[row.Length];
        row.CopyTo(copy);
        this.kept.Enqueue(copy);
        return copy;
    }

    /// <summary>Gets the next row for the reader that is behind, which may change it; it is valid until either reader goes on.</summary>
    public Span<float> Behind()
    {
        float[] row = this.kept.Dequeue();
        this.free.Push(row);
        return row;
    }
}
