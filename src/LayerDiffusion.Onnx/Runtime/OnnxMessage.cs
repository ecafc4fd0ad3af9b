using System.Text;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>A protobuf message being put together from parts of a file and new bytes; nothing is copied until it is written.</summary>
internal sealed class OnnxMessage
{
    // Bytes are null where the part lies in the file.
    private readonly List<(byte[]? Bytes, int Offset, int Length)> parts = [];

    /// <summary>Gets the length in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>Adds part of the file unchanged.</summary>
    public void Copy(Range part, int fileLength)
    {
        (int offset, int length) = part.GetOffsetAndLength(fileLength);
        this.parts.Add((null, offset, length));
        this.Length += length;
    }

    /// <summary>Adds a number.</summary>
    public void Add(int field, ulong value) => this.AddBytes([.. Number((ulong)field << 3), .. Number(value)]);

    /// <summary>Adds a floating number.</summary>
    public void Add(int field, float value) => this.AddBytes([.. Number(((ulong)field << 3) | ProtobufWireType.Fixed32), .. BitConverter.GetBytes(value)]);

    /// <summary>Adds a text.</summary>
    public void Add(int field, string text) => this.Add(field, Encoding.UTF8.GetBytes(text));

    /// <summary>Adds bytes, which must not change any more.</summary>
    public void Add(int field, byte[] bytes)
    {
        this.AddHeader(field, bytes.Length);
        this.AddBytes(bytes);
    }

    /// <summary>Adds a message, which must not change any more.</summary>
    public void Add(int field, OnnxMessage message)
    {
        this.AddHeader(field, message.Length);
        this.parts.AddRange(message.parts);
        this.Length += message.Length;
    }

    /// <summary>Writes everything.</summary>
    /// <param name="file">The file that parts were copied from.</param>
    /// <param name="destination">Where it goes.</param>
    public void Write(ReadOnlySpan<byte> file, Stream destination)
    {
        foreach ((byte[]? bytes, int offset, int length) in this.parts)
        {
            destination.Write(bytes is null ? file.Slice(offset, length) : bytes.AsSpan(offset, length));
        }
    }

    /// <summary>Writes everything to memory.</summary>
    /// <param name="file">The file that parts were copied from.</param>
    public byte[] ToArray(ReadOnlySpan<byte> file)
    {
        using MemoryStream stream = new(checked((int)this.Length));
        this.Write(file, stream);
        return stream.GetBuffer();
    }

    private static List<byte> Number(ulong value)
    {
        List<byte> bytes = [];
        while (value >= 0x80)
        {
            bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        bytes.Add((byte)value);
        return bytes;
    }

    private void AddHeader(int field, long length) => this.AddBytes([.. Number(((ulong)field << 3) | ProtobufWireType.LengthDelimited), .. Number((ulong)length)]);

    private void AddBytes(byte[] bytes)
    {
        this.parts.Add((bytes, 0, bytes.Length));
        this.Length += bytes.Length;
    }
}
