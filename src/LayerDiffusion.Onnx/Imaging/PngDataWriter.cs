using System.Buffers.Binary;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Cuts what is written into <c>IDAT</c> chunks or, where sequence numbers are given, <c>fdAT</c> chunks, which begin with one; disposing writes the last one.</summary>
internal sealed class PngDataWriter(Stream target, Func<uint>? nextSequenceNumber = null) : ForwardOnlyStream
{
    private readonly byte[] chunk = new byte[1 << 17];
    private readonly int start = nextSequenceNumber is null ? 0 : sizeof(uint);
    private int filled = nextSequenceNumber is null ? 0 : sizeof(uint);
    private bool disposed;

    public override bool CanWrite => true;

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
        if (nextSequenceNumber is not null)
        {
            BinaryPrimitives.WriteUInt32BigEndian(this.chunk, nextSequenceNumber());
        }

        PngEncoder.WriteChunk(target, nextSequenceNumber is null ? PngFormat.Data : PngFormat.FrameData, this.chunk.AsSpan(0, this.filled));
        this.filled = this.start;
    }
}
