using System.Buffers.Binary;
using System.IO.Compression;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Reads the chunks of a PNG file, checks them, and then decodes the rows. Strict: every checksum must be right, critical chunks must be
/// known, in order and complete. Memory grows with the data that arrives, never with the size that a header promises.
/// </summary>
internal sealed class PngDecoder
{
    // Deflate cannot make more than this many bytes from one.
    private const int LargestInflation = 1032;

    // Chunk contents are read in pieces of this size, so that a false length costs nothing.
    private const int PieceLength = 1 << 16;

    private readonly PngReadOptions options;
    private readonly PngMetadataReader metadata;
    private readonly PngDataBuffer data = new();
    private readonly bool keepPixels;
    private PngHeader header;
    private long byteCount;
    private long dataLimit;

    private PngDecoder(PngReadOptions options, bool keepPixels)
    {
        this.options = options;
        this.keepPixels = keepPixels;
        this.metadata = new PngMetadataReader(options.MaximumMetadataBytes);
    }

    /// <summary>Receives one decoded row of a pass: packed samples as stored.</summary>
    public delegate void RowAction(ReadOnlySpan<byte> row, PngPass pass, int passRow);

    /// <summary>Gets the header.</summary>
    public PngHeader Header => this.header;

    /// <summary>Gets the palette, three bytes an entry; empty if there is none.</summary>
    public byte[] Palette { get; private set; } = [];

    /// <summary>Gets the content of <c>tRNS</c>, or null.</summary>
    public byte[]? Transparency { get; private set; }

    /// <summary>Gets texts and colour description.</summary>
    public PngMetadata Metadata => this.metadata.ToMetadata();

    /// <summary>Reads all chunks up to <c>IEND</c>.</summary>
    public static PngDecoder Read(Stream stream, PngReadOptions options, bool keepPixels)
    {
        ArgumentNullException.ThrowIfNull(stream);
        PngDecoder decoder = new(options, keepPixels);
        decoder.ReadChunks(stream);
        return decoder;
    }

    /// <summary>Decompresses and unfilters the rows in the order of the file.</summary>
    public void Decode(RowAction action)
    {
        long expected = this.byteCount;
        if (this.data.Length * LargestInflation < expected)
        {
            throw new ImageFormatException($"the picture of {this.header.Width}×{this.header.Height} pixels needs {expected} bytes; the {this.data.Length} compressed bytes of the PNG file cannot hold them.");
        }

        byte[] current = new byte[(int)this.header.RowBytes(this.header.Width)];
        byte[] previous = new byte[current.Length];
        Span<byte> filter = stackalloc byte[1];
        try
        {
            using Stream source = this.data.OpenRead();
            using ZLibStream inflater = new(source, CompressionMode.Decompress);
            foreach (PngPass pass in this.header.Passes())
            {
                int length = (int)this.header.RowBytes(pass.Width);
                Array.Clear(previous);
                for (int row = 0; row < pass.Height; row++)
                {
                    inflater.ReadExactly(filter);
                    inflater.ReadExactly(current, 0, length);
                    PngFiltering.Restore(filter[0], current.AsSpan(0, length), previous.AsSpan(0, length), this.header.FilterDistance);
                    action(current.AsSpan(0, length), pass, row);
                    (current, previous) = (previous, current);
                }
            }

            // Asking for more makes the inflater reach the end and check its checksum.
            if (inflater.Read(filter) != 0)
            {
                throw new ImageFormatException($"the picture of {this.header.Width}×{this.header.Height} pixels needs {expected} bytes; the PNG file holds more.");
            }
        }
        catch (EndOfStreamException exception)
        {
            throw new ImageFormatException($"the compressed data of the PNG file ends before the {expected} bytes that {this.header.Width}×{this.header.Height} pixels need.", exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // The source is memory, so that an I/O error can only come from the decompressor.
            throw new ImageFormatException($"the compressed data of the PNG file is damaged: {exception.Message}", exception);
        }
    }

    private static void ReadExactly(Stream stream, Span<byte> buffer, string what)
    {
        if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
        {
            throw new ImageFormatException($"the PNG data ends inside {what}.");
        }
    }

    private static void CheckChecksum(Stream stream, uint type, uint actual)
    {
        Span<byte> stored = stackalloc byte[4];
        ReadExactly(stream, stored, $"the checksum of chunk {PngFormat.NameOf(type)}");
        uint expected = BinaryPrimitives.ReadUInt32BigEndian(stored);
        if (expected != actual)
        {
            throw new ImageFormatException($"chunk {PngFormat.NameOf(type)} of the PNG file is damaged: its checksum is {expected:X8}, its content gives {actual:X8}.");
        }
    }

    private void ReadChunks(Stream stream)
    {
        Span<byte> start = stackalloc byte[8];
        int got = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        if (!start[..got].SequenceEqual(PngFormat.Signature))
        {
            throw new ImageFormatException($"this is no PNG file: it begins with the bytes {Convert.ToHexString(start[..got])}, a PNG file with {Convert.ToHexString(PngFormat.Signature)}.");
        }

        byte[] piece = new byte[PieceLength];
        uint before = 0;
        while (true)
        {
            ReadExactly(stream, start, before == 0 ? "the first chunk" : $"the length and type of the chunk after {PngFormat.NameOf(before)}");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(start);
            uint type = BinaryPrimitives.ReadUInt32BigEndian(start[4..]);
            this.CheckOrder(type, length, before);
            this.ReadChunk(stream, type, (int)length, Crc32.Append(0, start[4..]), piece);
            if (type == PngFormat.End)
            {
                return;
            }

            before = type;
        }
    }

    private void CheckOrder(uint type, uint length, uint before)
    {
        if (!PngFormat.IsValidType(type))
        {
            throw new ImageFormatException($"the PNG file holds a chunk of type {PngFormat.NameOf(type)}; a type is four letters.");
        }

        if (length > int.MaxValue)
        {
            throw new ImageFormatException($"chunk {PngFormat.NameOf(type)} says that it is {length} bytes long; at most {int.MaxValue} are allowed.");
        }

        if ((before == 0) != (type == PngFormat.Header))
        {
            throw new ImageFormatException(before == 0
                ? $"the first chunk of the PNG file is {PngFormat.NameOf(type)}; it must be IHDR."
                : "the PNG file holds a second IHDR chunk.");
        }

        bool dataSeen = this.data.Opened;
        string? problem = type switch
        {
            PngFormat.Header when length != PngHeader.Length => $"is {length} bytes long; it must be {PngHeader.Length}",
            PngFormat.Palette when dataSeen || this.Transparency is not null => "comes after IDAT or tRNS; it must come before",
            PngFormat.Palette when this.Palette.Length > 0 => "occurs twice",
            PngFormat.Palette when this.header.ColorType is PngColorType.Grey or PngColorType.GreyAlpha => "occurs in a grey picture, which has no palette",
            PngFormat.Palette when length is 0 or > 768 || length % 3 != 0 => $"is {length} bytes long; a palette has 1 to 256 entries of 3 bytes",
            PngFormat.Data when this.header.ColorType == PngColorType.Palette && this.Palette.Length == 0 => "comes without a PLTE chunk before it, which a palette picture needs",
            PngFormat.Data when dataSeen && before != PngFormat.Data => $"comes again after {PngFormat.NameOf(before)}; the IDAT chunks must follow each other",
            PngFormat.End when !dataSeen => "comes without an IDAT chunk before it",
            PngFormat.End when length != 0 => $"is {length} bytes long; it must be empty",
            PngFormat.Transparency => this.TransparencyProblem(length, dataSeen),
            PngFormat.Header or PngFormat.Palette or PngFormat.Data or PngFormat.End => null,
            _ when (type & PngFormat.AncillaryBit) == 0 => "is critical and unknown; the picture cannot be read without understanding it",
            _ => null,
        };
        if (problem is not null)
        {
            throw new ImageFormatException($"chunk {PngFormat.NameOf(type)} of the PNG file {problem}.");
        }
    }

    private string? TransparencyProblem(uint length, bool dataSeen)
    {
        if (dataSeen)
        {
            return "comes after IDAT; it must come before";
        }

        if (this.Transparency is not null)
        {
            return "occurs twice";
        }

        return this.header.ColorType switch
        {
            PngColorType.Grey when length == 2 => null,
            PngColorType.Rgb when length == 6 => null,
            PngColorType.Palette when this.Palette.Length == 0 => "comes before PLTE; it must come after",
            PngColorType.Palette when length <= this.Palette.Length / 3 => null,
            PngColorType.GreyAlpha or PngColorType.Rgba => "occurs in a picture with alpha, which needs none",
            _ => $"is {length} bytes long; it must be 2 for grey, 6 for RGB, at most the number of palette entries for a palette picture",
        };
    }

    private void ReadChunk(Stream stream, uint type, int length, uint checksum, byte[] piece)
    {
        // What the content is kept in: nothing for chunks that do not matter here.
        MemoryStream? content = null;
        if (type is PngFormat.Header or PngFormat.Palette or PngFormat.Transparency || this.metadata.Wants(type, length))
        {
            content = new MemoryStream(Math.Min(length, PieceLength));
        }

        if (type == PngFormat.Data)
        {
            this.data.Opened = true;
        }

        for (int left = length; left > 0;)
        {
            Span<byte> part = piece.AsSpan(0, Math.Min(left, piece.Length));
            ReadExactly(stream, part, $"chunk {PngFormat.NameOf(type)}, which says that it is {length} bytes long");
            checksum = Crc32.Append(checksum, part);
            left -= part.Length;
            content?.Write(part);
            if (type == PngFormat.Data && this.keepPixels)
            {
                this.AppendData(part);
            }
        }

        CheckChecksum(stream, type, checksum);
        if (content is not null)
        {
            this.Take(type, content.ToArray());
        }
    }

    private void AppendData(ReadOnlySpan<byte> part)
    {
        if (this.data.Length + part.Length > this.dataLimit)
        {
            throw new ImageFormatException($"the PNG file holds more than {this.dataLimit} bytes of compressed data for {this.header.Width}×{this.header.Height} pixels of {this.byteCount} bytes.");
        }

        this.data.Append(part);
    }

    private void Take(uint type, byte[] content)
    {
        switch (type)
        {
            case PngFormat.Header:
                this.header = PngHeader.Parse(content, this.options.MaximumPixels);
                this.byteCount = this.header.ByteCount;

                // Honest compressors stay near the size of the picture even where nothing can be saved.
                this.dataLimit = (2 * this.byteCount) + (1 << 20);
                break;
            case PngFormat.Palette:
                this.Palette = content;
                break;
            case PngFormat.Transparency:
                this.Transparency = content;
                break;
            default:
                this.metadata.Take(type, content);
                break;
        }
    }
}
