namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Forgets what is written to it and remembers how much it was.</summary>
internal sealed class CountingStream : Stream
{
    private long count;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => this.count;

    public override long Position
    {
        get => this.count;
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => this.count += count;

    public override void Write(ReadOnlySpan<byte> buffer) => this.count += buffer.Length;

    public override void WriteByte(byte value) => this.count++;
}
