namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Cuts what is written into <c>IDAT</c> chunks, or <c>fdAT</c> chunks with sequence numbers; disposing writes the last one.</summary>
internal sealed class PngDataWriter : Stream
{
    private const int SequenceLength = 4;

    private readonly Stream target;
    private readonly ApngSequence? sequence;
    private readonly int start;
    private readonly byte[] chunk = new byte[1 << 17];
    private int filled;
    private bool disposed;

    /// <summary>Initializes a new instance of the <see cref="PngDataWriter"/> class.</summary>
    /// <param name="target">Where the chunks go.</param>
    /// <param name="sequence">The numbers of an animation for a frame after the first, or null.</param>
    public PngDataWriter(Stream target, ApngSequence? sequence = null)
    {
        this.target = target;
        this.sequence = sequence;
        this.start = sequence is null ? 0 : SequenceLength;
        this.filled = this.start;
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> source)
    {
        while (source.Length > 0)
        {
            int count = Math.Min(source.Length, this.chunk.Length - this.filled);
            source[..count].CopyTo(this.chunk.AsSpan(this.filled));
            this.filled += count;
            source = source[count..];
            if (this.filled == this.chunk.Length)
            {
                this.WriteChunk();
            }
        }
    }

    public override void Write(byte[] source, int start, int count) => this.Write(source.AsSpan(start, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] destination, int start, int count) => throw new NotSupportedException();

    public override long Seek(long position, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !this.disposed && this.filled > this.start)
        {
            this.WriteChunk();
        }

        this.disposed = true;
        base.Dispose(disposing);
    }

    private void WriteChunk()
    {
        this.sequence?.WriteNext(this.chunk);
        PngEncoder.WriteChunk(this.target, this.sequence is null ? PngFormat.Data : PngFormat.FrameData, this.chunk.AsSpan(0, this.filled));
        this.filled = this.start;
    }
}
