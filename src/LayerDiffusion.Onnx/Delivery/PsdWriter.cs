using System.Text;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Writes the five sections of a PSD or PSB file (Adobe Photoshop File Formats Specification) one after the other, without going back:
/// what must be known beforehand is measured by compressing it once for the length alone, so that no compressed picture is kept.
/// </summary>
internal sealed class PsdWriter
{
    private const int PsdMaximumSide = 30_000;
    private const long PsdMaximumBytes = int.MaxValue;
    private const string GroupEndName = "</Layer group>";
    private static readonly int[] ChannelOrder = [3, 0, 1, 2];

    private readonly LayeredDocument document;
    private readonly PsdOptions options;
    private readonly RgbaImage merged;
    private readonly bool large;
    private readonly List<PsdEntry> entries = [];
    private readonly int[][] mergedLengths = new int[4][];

    private PsdWriter(LayeredDocument document, PsdOptions options, RgbaImage merged, bool large)
    {
        this.document = document;
        this.options = options;
        this.merged = merged;
        this.large = large;
        this.Add(document.Nodes);
        foreach (PsdEntry entry in this.entries)
        {
            this.LayerInfoLength += this.RecordLength(entry);
            foreach (long length in entry.ChannelLengths)
            {
                this.LayerInfoLength += 2 + length;
            }
        }

        // The count of layers, and an even end.
        this.LayerInfoLength = (this.LayerInfoLength + 2 + 1) / 2 * 2;
        this.TotalLength = 26 + 4 + 4 + this.ResourceLength() + this.LengthSize + this.LayerSectionLength + 2;
        for (int channel = 0; channel < 4; channel++)
        {
            this.mergedLengths[channel] = PsdChannels.RowLengths(merged, channel, PsdMatte.White);
            foreach (int length in this.mergedLengths[channel])
            {
                this.TotalLength += length + (large ? 4 : 2);
            }
        }
    }

    /// <summary>Gets the length of what <see cref="WriteLayerInfo"/> writes.</summary>
    public long LayerInfoLength { get; }

    private long TotalLength { get; }

    private int LengthSize => this.large ? 8 : 4;

    private long LayerSectionLength => this.LengthSize + this.LayerInfoLength + 4;

    public static void Write(LayeredDocument document, Stream stream, PsdOptions options)
    {
        RgbaImage merged = (document.Merged ?? document.Flatten()).AsStraight();
        bool wide = IsWide(document);
        if (wide && options.Variant == PsdVariant.Psd)
        {
            throw new ArgumentException(
                $"The document ({document.Width}×{document.Height}) or one of its layers is too large; PSD files have at most {PsdMaximumSide} pixels a side, PSB files more.", nameof(document));
        }

        PsdWriter writer = new(document, options, merged, wide || options.Variant == PsdVariant.Psb);
        if (!writer.large && writer.TotalLength > PsdMaximumBytes)
        {
            if (options.Variant == PsdVariant.Psd)
            {
                throw new ArgumentException($"The file would have {writer.TotalLength} bytes; PSD files have at most {PsdMaximumBytes}, PSB files more.", nameof(document));
            }

            writer = new PsdWriter(document, options, merged, large: true);
        }

        writer.Write(stream);
    }

    /// <summary>Prepares the layers alone, in the form of PSD, for files of another kind that hold them.</summary>
    public static PsdWriter ForLayers(LayeredDocument document, PsdCompression compression)
    {
        if (IsWide(document))
        {
            throw new ArgumentException(
                $"The document ({document.Width}×{document.Height}) or one of its layers is too large; layers in such a file have at most {PsdMaximumSide} pixels a side, those in PSB files more.",
                nameof(document));
        }

        // The merged picture is written by the other file; the smallest one stands for it here.
        return new PsdWriter(document, new PsdOptions { Compression = compression }, new RgbaImage(1, 1), large: false);
    }

    /// <summary>Writes the layer info: how many records there are, the records and their channels.</summary>
    public void WriteLayerInfo(Stream stream)
    {
        BigEndianWriter output = new(stream);

        // Negative: the fourth channel of the merged picture is its transparency.
        output.Int16(-this.entries.Count);
        long written = 2;
        foreach (PsdEntry entry in this.entries)
        {
            this.WriteRecord(output, entry);
            written += this.RecordLength(entry);
        }

        foreach (PsdEntry entry in this.entries)
        {
            for (int i = 0; i < 4; i++)
            {
                written += 2 + entry.ChannelLengths[i];
                output.Int16(entry.Image is null ? 0 : (int)this.options.Compression);
                if (entry.Image is not null)
                {
                    PsdChannels.Write(stream, entry.Image, ChannelOrder[i], this.options.Compression, this.large);
                }
            }
        }

        output.Bytes(stackalloc byte[(int)(this.LayerInfoLength - written)]);
    }

    private static bool IsWide(LayeredDocument document) => document.Width > PsdMaximumSide || document.Height > PsdMaximumSide || HasWideLayer(document.Nodes);

    private static bool HasWideLayer(IReadOnlyList<DocumentNode> nodes)
    {
        foreach (DocumentNode node in nodes)
        {
            if (node is DocumentGroup group ? HasWideLayer(group.Children) : ((DocumentLayer)node).Image is { } image && Math.Max(image.Width, image.Height) > PsdMaximumSide)
            {
                return true;
            }
        }

        return false;
    }

    private void Add(IReadOnlyList<DocumentNode> nodes)
    {
        foreach (DocumentNode node in nodes)
        {
            if (node is DocumentGroup group)
            {
                this.entries.Add(new PsdEntry((DocumentNode?)null));
                this.Add(group.Children);
                this.entries.Add(new PsdEntry(node));
                continue;
            }

            RgbaImage image = ((DocumentLayer)node).Image.AsStraight();
            long[] lengths = new long[4];
            for (int i = 0; i < 4; i++)
            {
                lengths[i] = PsdChannels.Measure(image, ChannelOrder[i], this.options.Compression, this.large);
            }

            this.entries.Add(new PsdEntry(node) { Image = image, ChannelLengths = lengths });
        }
    }

    private void Write(Stream stream)
    {
        BigEndianWriter output = new(stream);
        output.Bytes("8BPS"u8);
        output.Int16(this.large ? 2 : 1);
        output.Bytes(stackalloc byte[6]);
        output.Int16(4);
        output.Int32(this.document.Height);
        output.Int32(this.document.Width);
        output.Int16(8);
        output.Int16(3);
        output.Int32(0);
        this.WriteResources(output);
        this.WriteLayers(stream, output);
        output.Int16((int)PsdCompression.Rle);
        foreach (int[] lengths in this.mergedLengths)
        {
            PsdChannels.WriteRowLengths(stream, lengths, this.large);
        }

        for (int channel = 0; channel < 4; channel++)
        {
            PsdChannels.WriteRuns(stream, this.merged, channel, PsdMatte.White);
        }
    }

    private int ResourceLength()
    {
        int profile = this.document.IccProfile.Length;
        return 12 + 16 + (profile == 0 ? 0 : 12 + profile + (profile % 2));
    }

    private void WriteResources(BigEndianWriter output)
    {
        output.Int32(this.ResourceLength());
        int resolution = (int)Math.Round(this.document.PixelsPerInch * 65536);
        WriteResourceHeader(output, 1005, 16);
        for (int direction = 0; direction < 2; direction++)
        {
            // Pixels per inch, shown in inches.
            output.Int32(resolution);
            output.Int16(1);
            output.Int16(1);
        }

        ReadOnlySpan<byte> profile = this.document.IccProfile.Span;
        if (profile.Length > 0)
        {
            WriteResourceHeader(output, 1039, profile.Length);
            output.Bytes(profile);
            output.Bytes(stackalloc byte[profile.Length % 2]);
        }
    }

    private static void WriteResourceHeader(BigEndianWriter output, int id, int length)
    {
        output.Bytes("8BIM"u8);
        output.Int16(id);
        output.Int16(0);
        output.Int32(length);
    }

    private void WriteLayers(Stream stream, BigEndianWriter output)
    {
        output.Length(this.LayerSectionLength, this.large);
        output.Length(this.LayerInfoLength, this.large);
        this.WriteLayerInfo(stream);
        output.Int32(0);
    }

    private void WriteRecord(BigEndianWriter output, PsdEntry entry)
    {
        DocumentLayer? layer = entry.Node as DocumentLayer;
        (int width, int height) = layer is null ? (0, 0) : (layer.Image.Width, layer.Image.Height);
        output.Int32(layer?.Y ?? 0);
        output.Int32(layer?.X ?? 0);
        output.Int32((layer?.Y ?? 0) + height);
        output.Int32((layer?.X ?? 0) + width);
        output.Int16(4);
        for (int i = 0; i < 4; i++)
        {
            output.Int16(i - 1);
            output.Length(2 + entry.ChannelLengths[i], this.large);
        }

        output.Bytes("8BIM"u8);
        output.Bytes(PsdBlendModes.KeyOf(entry.Node?.BlendMode ?? BlendMode.Normal));
        output.Byte((byte)Math.Round((entry.Node?.Opacity ?? 1) * 255));
        output.Byte(0);
        bool hidden = entry.Node is { Visible: false };
        output.Byte((byte)((hidden ? 0x02 : 0) | (layer is null ? 0x18 : 0x08)));
        output.Byte(0);

        string name = entry.Node?.Name ?? GroupEndName;
        byte[] shortName = ShortName(name);
        output.Int32(ExtraLength(entry, name));
        output.Int32(0);
        output.Int32(0);
        output.Bytes(shortName);
        output.Bytes("8BIMluni"u8);
        int nameBytes = 4 + (name.Length * 2);
        output.Int32(RoundUpToFour(nameBytes));
        output.Int32(name.Length);
        output.Bytes(Encoding.BigEndianUnicode.GetBytes(name));
        output.Bytes(stackalloc byte[RoundUpToFour(nameBytes) - nameBytes]);
        if (layer is null)
        {
            output.Bytes("8BIMlsct"u8);
            output.Int32(12);
            output.Int32(entry.Node is null ? 3 : 1);
            output.Bytes("8BIM"u8);
            output.Bytes(PsdBlendModes.KeyOf(entry.Node?.BlendMode ?? BlendMode.Normal));
        }
    }

    private long RecordLength(PsdEntry entry) =>
        16 + 2 + (4L * (2 + this.LengthSize)) + 4 + 4 + 4 + 4 + ExtraLength(entry, entry.Node?.Name ?? GroupEndName);

    /// <summary>Gets the length of a record's mask, blending ranges, names and group marker.</summary>
    private static int ExtraLength(PsdEntry entry, string name) =>
        4 + 4 + ShortName(name).Length + 12 + RoundUpToFour(4 + (name.Length * 2)) + (entry.Image is null ? 12 + 12 : 0);

    /// <summary>Makes the name for readers without Unicode: a length, ASCII with question marks for the rest, filled up to a multiple of four.</summary>
    private static byte[] ShortName(string name)
    {
        int length = Math.Min(name.Length, 31);
        byte[] bytes = new byte[RoundUpToFour(1 + length)];
        bytes[0] = (byte)length;
        for (int i = 0; i < length; i++)
        {
            bytes[1 + i] = char.IsAscii(name[i]) ? (byte)name[i] : (byte)'?';
        }

        return bytes;
    }

    private static int RoundUpToFour(int value) => (value + 3) / 4 * 4;
}
