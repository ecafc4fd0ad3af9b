using System.Buffers.Binary;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Reads big-endian numbers and never beyond the end of a seekable stream.</summary>
internal sealed class PsdInput(Stream stream)
{
    private readonly long length = stream.Length;

    public Stream Stream => stream;

    public long Position
    {
        get => stream.Position;
        set => stream.Position = value;
    }

    public long Remaining => this.length - stream.Position;

    public byte Byte()
    {
        Span<byte> bytes = stackalloc byte[1];
        this.Fill(bytes);
        return bytes[0];
    }

    public int Int16()
    {
        Span<byte> bytes = stackalloc byte[2];
        this.Fill(bytes);
        return BinaryPrimitives.ReadInt16BigEndian(bytes);
    }

    public int Int32()
    {
        Span<byte> bytes = stackalloc byte[4];
        this.Fill(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    public uint FourCharacters()
    {
        return (uint)this.Int32();
    }

    /// <summary>Reads a length and checks that as much follows.</summary>
    public long Length(bool large, string what)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        this.Fill(large ? bytes : bytes[4..]);
        long value = BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (value < 0 || value > this.Remaining)
        {
            throw new ImageFormatException($"The {what} at byte {this.Position} is said to have {value} bytes, {this.Remaining} are left.");
        }

        return value;
    }

    /// <summary>Reads bytes whose number was checked.</summary>
    public byte[] Bytes(long count, string what)
    {
        if (count < 0 || count > this.Remaining || count > Array.MaxLength)
        {
            throw new ImageFormatException($"The {what} at byte {this.Position} should have {count} bytes, {this.Remaining} are left.");
        }

        byte[] bytes = new byte[count];
        this.Fill(bytes);
        return bytes;
    }

    public void Expect(ReadOnlySpan<byte> signature, string what)
    {
        Span<byte> bytes = stackalloc byte[4];
        this.Fill(bytes);
        if (!bytes.SequenceEqual(signature))
        {
            throw new ImageFormatException($"The {what} at byte {this.Position - 4} does not start as it must (found {Convert.ToHexString(bytes)}).");
        }
    }

    private void Fill(Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw new ImageFormatException($"The file ends at byte {this.length}, in the middle.");
        }
    }
}
