using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Forgets what is written to it and remembers how much it was.</summary>
internal sealed class CountingStream : ForwardOnlyStream
{
    private long count;

    public override bool CanWrite => true;

    public override long Length => this.count;

    public override long Position
    {
        get => this.count;
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => this.count += count;

    public override void Write(ReadOnlySpan<byte> buffer) => this.count += buffer.Length;

    public override void WriteByte(byte value) => this.count++;
}
