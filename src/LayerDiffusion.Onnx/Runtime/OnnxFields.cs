using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Walks the fields of one protobuf message in memory (https://protobuf.dev/programming-guides/encoding/).</summary>
internal ref struct OnnxFields
{
    private readonly ReadOnlySpan<byte> file;
    private readonly int end;
    private int next;

    /// <summary>Initializes a new instance of the <see cref="OnnxFields"/> struct.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="message">Where the message lies in it.</param>
    public OnnxFields(ReadOnlySpan<byte> file, Range message)
    {
        this.file = file;
        (int offset, int length) = message.GetOffsetAndLength(file.Length);
        this.next = offset;
        this.end = offset + length;
    }

    /// <summary>Gets the number of the field.</summary>
    public int Number { get; private set; }

    /// <summary>Gets a value indicating whether the field is a message, a text or bytes; <see cref="Content"/> is then where it lies.</summary>
    public bool IsBlock { get; private set; }

    /// <summary>Gets the value of a whole number.</summary>
    public ulong Value { get; private set; }

    /// <summary>Gets where the content lies in the file.</summary>
    public Range Content { get; private set; }

    /// <summary>Gets where the whole field, tag and all, lies in the file.</summary>
    public Range Whole { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <exception cref="InvalidDataException">The message is damaged.</exception>
    public bool Next()
    {
        int begin = this.next;
        if (begin == this.end)
        {
            return false;
        }

        ulong tag = this.ReadNumber();
        this.Number = (int)(tag >> 3);
        this.IsBlock = (tag & 7) == ProtobufWireType.LengthDelimited;
        switch (tag & 7)
        {
            case ProtobufWireType.Varint:
                this.Value = this.ReadNumber();
                break;
            case ProtobufWireType.Fixed64:
                this.Skip(8);
                break;
            case ProtobufWireType.LengthDelimited:
                this.Skip(this.ReadNumber());
                break;
            case ProtobufWireType.Fixed32:
                this.Skip(4);
                break;
            default:
                throw Damaged();
        }

        this.Whole = begin..this.next;
        return true;
    }

    /// <summary>Finds the first message, text or bytes of a number.</summary>
    public static bool TryFind(ReadOnlySpan<byte> file, Range message, int number, out Range content)
    {
        OnnxFields fields = new(file, message);
        while (fields.Next())
        {
            if (fields.Number == number && fields.IsBlock)
            {
                content = fields.Content;
                return true;
            }
        }

        content = default;
        return false;
    }

    /// <summary>Reads whole numbers that were packed into one block.</summary>
    public static void ReadPacked(ReadOnlySpan<byte> block, Action<ulong> read)
    {
        OnnxFields numbers = new(block, ..);
        while (numbers.next != numbers.end)
        {
            read(numbers.ReadNumber());
        }
    }

    private static InvalidDataException Damaged() => new("The ONNX graph is damaged: a protobuf field that does not fit its message.");

    private void Skip(ulong length)
    {
        if (length > (ulong)(this.end - this.next))
        {
            throw Damaged();
        }

        this.Content = this.next..(this.next + (int)length);
        this.next += (int)length;
    }

    private ulong ReadNumber()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (this.next == this.end)
            {
                break;
            }

            byte part = this.file[this.next++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }
}
