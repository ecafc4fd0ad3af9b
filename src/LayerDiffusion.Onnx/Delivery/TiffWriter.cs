using System.Buffers.Binary;
using System.IO.Compression;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Writes a TIFF file without going back: header, directory, values too long for it, strips of the merged picture, layers. What must be known beforehand is measured by
/// compressing it once for the length alone. Highest byte first, because Photoshop turns the layers' bytes round in files of the other order.
/// </summary>
internal sealed class TiffWriter
{
    private const int StripRows = 64;
    private const int Short = 3;
    private const int Long = 4;
    private const int Rational = 5;
    private const int Undefined = 7;

    private readonly RgbaImage merged;
    private readonly PsdWriter layers;
    private readonly ReadOnlyMemory<byte> profile;
    private readonly int[] stripLengths;
    private readonly int pixelsPerInch;
    private readonly List<(int Tag, int Type, int Count, byte[] Value)> fields = [];

    public TiffWriter(LayeredDocument document, PsdCompression compression)
    {
        this.layers = PsdWriter.ForLayers(document, compression);
        this.merged = (document.Merged ?? document.Flatten()).AsStraight();
        this.profile = document.IccProfile;
        this.pixelsPerInch = (int)Math.Round(document.PixelsPerInch * 65536);
        this.stripLengths = new int[(this.merged.Height + StripRows - 1) / StripRows];
        long length = 0;
        for (int strip = 0; strip < this.stripLengths.Length; strip++)
        {
            using CountingStream counter = new();
            this.WriteStrip(counter, strip);
            this.stripLengths[strip] = checked((int)counter.Length);
            length += counter.Length;
        }

        length += Signature.Length + this.BlockLength;

        // The directory and its values take a few kilobytes and the profile.
        if (length + this.profile.Length + (8L * this.stripLengths.Length) + 4096 > uint.MaxValue)
        {
            throw new ArgumentException($"The layers and the merged picture would have {length} bytes; a TIFF file has at most {uint.MaxValue}.", nameof(document));
        }

        this.AddFields();
    }

    private static ReadOnlySpan<byte> Signature => "Adobe Photoshop Document Data Block\0"u8;

    /// <summary>Gets the length of the block of layers with its heading and the bytes that fill it up to a multiple of four.</summary>
    private long BlockLength => 12 + ((this.layers.LayerInfoLength + 3) / 4 * 4);

    public void Write(Stream stream)
    {
        ReadOnlySpan<byte> zeros = stackalloc byte[4];
        BigEndianWriter output = new(stream);
        output.Bytes("MM"u8);
        output.Int16(42);
        output.Int32(8);
        output.Int16(this.fields.Count);
        uint place = (uint)(8 + 2 + (12 * this.fields.Count) + 4);
        foreach ((int tag, int type, int count, byte[] value) in this.fields)
        {
            output.Int16(tag);
            output.Int16(type);
            output.Int32(count);
            if (value.Length > 4)
            {
                output.Int32((int)place);
                place += (uint)(value.Length + (value.Length % 2));
            }
            else
            {
                output.Bytes(value);
                output.Bytes(zeros[value.Length..]);
            }
        }

        output.Int32(0);
        foreach ((_, _, _, byte[] value) in this.fields)
        {
            if (value.Length > 4)
            {
                output.Bytes(value);
                output.Bytes(zeros[..(value.Length % 2)]);
            }
        }

        for (int strip = 0; strip < this.stripLengths.Length; strip++)
        {
            this.WriteStrip(stream, strip);
        }

        output.Bytes(Signature);
        output.Bytes("8BIMLayr"u8);
        output.Int32((int)this.layers.LayerInfoLength);
        this.layers.WriteLayerInfo(stream);
        output.Bytes(zeros[..(int)(this.BlockLength - 12 - this.layers.LayerInfoLength)]);
    }

    private static byte[] Shorts(params ReadOnlySpan<int> values)
    {
        byte[] bytes = new byte[2 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2 * i), (ushort)values[i]);
        }

        return bytes;
    }

    private static byte[] Longs(params ReadOnlySpan<uint> values)
    {
        byte[] bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * i), values[i]);
        }

        return bytes;
    }

    /// <summary>Adds the directory's fields in the order of their tags. Places in the file follow from the lengths, which do not depend on them.</summary>
    private void AddFields()
    {
        uint[] strips = new uint[this.stripLengths.Length];
        byte[] resolution = Longs((uint)this.pixelsPerInch, 65536);
        this.Add(256, Long, Longs((uint)this.merged.Width));
        this.Add(257, Long, Longs((uint)this.merged.Height));
        this.Add(258, Short, Shorts(8, 8, 8, 8));
        this.Add(259, Short, Shorts(8)); // Compression: deflate
        this.Add(262, Short, Shorts(2)); // PhotometricInterpretation: RGB
        this.Add(273, Long, Longs(strips));
        this.Add(274, Short, Shorts(1)); // Orientation: the first row is the top
        this.Add(277, Short, Shorts(4));
        this.Add(278, Long, Longs(StripRows));
        this.Add(279, Long, Longs([.. this.stripLengths.Select(length => (uint)length)]));
        this.Add(282, Rational, resolution);
        this.Add(283, Rational, resolution);
        this.Add(284, Short, Shorts(1)); // PlanarConfiguration: channels side by side
        this.Add(296, Short, Shorts(2)); // ResolutionUnit: inch
        this.Add(317, Short, Shorts(2)); // Predictor: differences from the pixel at the left
        this.Add(338, Short, Shorts(2)); // ExtraSamples: alpha that colour is not multiplied by
        if (this.profile.Length > 0)
        {
            this.Add(34675, Undefined, this.profile.ToArray());
        }

        this.Add(37724, Undefined, Longs(0));
        int inside = 8 + 2 + (12 * this.fields.Count) + 4;
        uint place = (uint)(inside + this.fields.Sum(field => field.Value.Length > 4 ? field.Value.Length + (field.Value.Length % 2) : 0));
        for (int strip = 0; strip < strips.Length; strip++)
        {
            strips[strip] = place;
            place += (uint)this.stripLengths[strip];
        }

        int stripField = this.fields.FindIndex(field => field.Tag == 273);
        this.fields[stripField] = (273, Long, strips.Length, Longs(strips));
        this.fields[^1] = (37724, Undefined, (int)(Signature.Length + this.BlockLength), Longs(place));
    }

    private void Add(int tag, int type, byte[] value)
    {
        int size = type switch
        {
            Short => 2,
            Long => 4,
            Rational => 8,
            _ => 1,
        };
        this.fields.Add((tag, type, value.Length / size, value));
    }

    private void WriteStrip(Stream stream, int strip)
    {
        using ZLibStream deflate = new(stream, CompressionLevel.Optimal, leaveOpen: true);
        byte[] row = new byte[this.merged.Stride];
        int end = Math.Min((strip + 1) * StripRows, this.merged.Height);
        for (int y = strip * StripRows; y < end; y++)
        {
            ReadOnlySpan<byte> pixels = this.merged.GetRow(y);
            pixels[..4].CopyTo(row);
            for (int i = 4; i < row.Length; i++)
            {
                row[i] = (byte)(pixels[i] - pixels[i - 4]);
            }

            deflate.Write(row);
        }
    }
}
