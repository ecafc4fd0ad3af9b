using System.Buffers.Binary;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Writes numbers with the highest byte first.</summary>
internal sealed class BigEndianWriter(Stream stream)
{
    public void Bytes(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    public void Byte(byte value) => stream.WriteByte(value);

    public void Int16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, (short)value);
        stream.Write(bytes);
    }

    public void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        stream.Write(bytes);
    }

    public void Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        stream.Write(bytes);
    }

    /// <summary>Writes a length that has 8 bytes in PSB files and 4 in PSD files.</summary>
    public void Length(long value, bool large)
    {
        if (large)
        {
            this.Int64(value);
        }
        else
        {
            this.Int32((int)value);
        }
    }
}
