using System.Text;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>
/// Walks the wire format of protocol buffers forward through a stream. What is not asked for is skipped, by seeking where the stream can seek.
/// Every length is checked against the message around it, so that a damaged file ends in <see cref="ModelFormatException"/>.
/// </summary>
/// <remarks>Format: https://protobuf.dev/programming-guides/encoding/.</remarks>
internal sealed class ProtobufReader
{
    private readonly Stream stream;
    private readonly string fileName;
    private readonly byte[] buffer = new byte[16 * 1024];
    private int next;
    private int filled;

    public ProtobufReader(Stream stream, long length, string fileName)
    {
        this.stream = stream;
        this.Length = length;
        this.fileName = fileName;
    }

    /// <summary>Gets the number of bytes in the stream.</summary>
    public long Length { get; }

    /// <summary>Gets the number of bytes read or skipped so far.</summary>
    public long Position { get; private set; }

    /// <summary>Whether these bytes come first, asked before anything is read.</summary>
    public bool StartsWith(ReadOnlySpan<byte> bytes)
    {
        if (this.Length == 0)
        {
            return false;
        }

        this.Fill();
        return this.buffer.AsSpan(0, this.filled).StartsWith(bytes);
    }

    /// <summary>Reads the tag of the next field, unless the message ends here.</summary>
    public bool TryReadTag(long end, out int field, out int wireType)
    {
        if (this.Position == end)
        {
            (field, wireType) = (0, 0);
            return false;
        }

        ulong tag = this.ReadVarint(end);
        wireType = (int)(tag & 7);
        field = tag >> 3 is > 0 and <= 0x1FFFFFFF ? (int)(tag >> 3) : throw this.Damaged($"the field number {tag >> 3}");
        return wireType is ProtobufWireType.Varint or ProtobufWireType.Fixed64 or ProtobufWireType.LengthDelimited or ProtobufWireType.Fixed32 ? true : throw this.Damaged($"the wire type {wireType}");
    }

    public ulong ReadVarint(long end)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte part = this.ReadByte(end);
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw this.Damaged("a number of more than ten bytes");
    }

    /// <summary>Reads the length before a nested message and returns the position at which that message ends.</summary>
    public long ReadEnd(long end)
    {
        ulong length = this.ReadVarint(end);
        return length <= (ulong)(end - this.Position)
            ? this.Position + (long)length
            : throw this.Damaged($"a part of {length} bytes where only {end - this.Position} are left");
    }

    /// <summary>Reads a text field, which may be at most that many bytes long.</summary>
    public string ReadText(long end, int maximumLength)
    {
        long textEnd = this.ReadEnd(end);
        long length = textEnd - this.Position;
        if (length > maximumLength)
        {
            throw this.Damaged($"a name of {length} bytes");
        }

        byte[] bytes = new byte[length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = this.ReadByte(textEnd);
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Skips the value of a field whose tag was just read.</summary>
    public void Skip(int wireType, long end)
    {
        switch (wireType)
        {
            case ProtobufWireType.Varint:
                _ = this.ReadVarint(end);
                break;
            case ProtobufWireType.LengthDelimited:
                this.SkipTo(this.ReadEnd(end));
                break;
            default:
                long length = wireType == ProtobufWireType.Fixed64 ? 8 : 4;
                this.SkipTo(length <= end - this.Position ? this.Position + length : throw this.Damaged("a number that is cut off"));
                break;
        }
    }

    /// <summary>The exception for a file that is no ONNX graph, saying where.</summary>
    public ModelFormatException Damaged(string found, Exception? cause = null) =>
        new(this.fileName, "an undamaged ONNX graph", $"{found} at byte {this.Position} of {this.Length}", cause);

    private void SkipTo(long target)
    {
        long distance = target - this.Position;
        int buffered = (int)Math.Min(distance, this.filled - this.next);
        this.next += buffered;
        this.Position += buffered;
        distance -= buffered;
        if (distance > 0 && this.stream.CanSeek)
        {
            this.stream.Seek(distance, SeekOrigin.Current);
            this.Position = target;
            return;
        }

        while (this.Position < target)
        {
            this.Fill();
            int step = (int)Math.Min(target - this.Position, this.filled);
            this.next = step;
            this.Position += step;
        }
    }

    private byte ReadByte(long end)
    {
        if (this.Position >= end)
        {
            throw this.Damaged("the end of a part in the middle of a number");
        }

        if (this.next == this.filled)
        {
            this.Fill();
        }

        this.Position++;
        return this.buffer[this.next++];
    }

    private void Fill()
    {
        this.next = 0;
        this.filled = 0;
        try
        {
            this.filled = this.stream.Read(this.buffer, 0, (int)Math.Min(this.buffer.Length, this.Length - this.Position));
        }
        catch (InvalidDataException exception)
        {
            throw this.Damaged($"compressed data that cannot be inflated ({exception.Message})", exception);
        }

        if (this.filled == 0)
        {
            throw this.Damaged("the end of the data");
        }
    }
}
