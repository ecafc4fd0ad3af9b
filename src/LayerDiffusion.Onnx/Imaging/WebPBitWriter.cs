using System.Buffers.Binary;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Writes bits, the lowest of a number and of a byte first.</summary>
internal sealed class WebPBitWriter
{
    private byte[] bytes = new byte[1 << 16];
    private int length;
    private ulong pending;
    private int pendingBits;

    /// <summary>Writes the lowest bits of a number, at most 32.</summary>
    public void Write(uint value, int count)
    {
        this.pending |= (ulong)value << this.pendingBits;
        this.pendingBits += count;
        if (this.pendingBits >= 32)
        {
            this.Reserve(4);
            BinaryPrimitives.WriteUInt32LittleEndian(this.bytes.AsSpan(this.length), (uint)this.pending);
            this.length += 4;
            this.pending >>= 32;
            this.pendingBits -= 32;
        }
    }

    /// <summary>Fills the last byte with zeros and gets all bytes.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        this.Reserve(4);
        for (; this.pendingBits > 0; this.pendingBits -= 8, this.pending >>= 8)
        {
            this.bytes[this.length++] = (byte)this.pending;
        }

        return this.bytes.AsSpan(0, this.length);
    }

    private void Reserve(int count)
    {
        if (this.bytes.Length - this.length < count)
        {
            Array.Resize(ref this.bytes, (int)Math.Min(Array.MaxLength, 2L * this.bytes.Length));
        }
    }
}
