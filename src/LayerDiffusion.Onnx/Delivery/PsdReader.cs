using System.Text;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Reads what <see cref="PsdWriter"/> writes, and files like it.</summary>
internal sealed class PsdReader
{
    private readonly PsdInput input;
    private bool large;
    private ReadOnlyMemory<byte> profile;
    private double pixelsPerInch = 72;
    private long pixels;

    public PsdReader(Stream stream) => this.input = new PsdInput(stream);

    public LayeredDocument Read()
    {
        this.input.Expect("8BPS"u8, "Photoshop file");
        int version = this.input.Int16();
        if (version is not (1 or 2))
        {
            throw new ImageFormatException($"The file's version is {version}; wanted 1 (PSD) or 2 (PSB).");
        }

        this.large = version == 2;
        this.input.Bytes(6, "header");
        int channels = this.input.Int16();
        int height = this.input.Int32();
        int width = this.input.Int32();
        int depth = this.input.Int16();
        int mode = this.input.Int16();
        if (depth != 8 || mode != 3 || channels is < 3 or > 56)
        {
            throw new ImageFormatException($"The file has {depth} bits, colour mode {mode} and {channels} channels; wanted 8 bits, mode 3 (RGB) and 3 to 56.");
        }

        if (width is < 1 or > LayeredDocument.MaximumSide || height is < 1 or > LayeredDocument.MaximumSide || (long)width * height > RgbaImage.MaximumPixels)
        {
            throw new ImageFormatException($"The canvas is {width}×{height}; wanted 1 to {LayeredDocument.MaximumSide} a side and at most {RgbaImage.MaximumPixels} pixels.");
        }

        this.Skip(this.input.Length(large: false, "colour mode section"));
        this.ReadResources();
        long sectionLength = this.input.Length(this.large, "layer section");
        long sectionEnd = this.input.Position + sectionLength;
        List<DocumentNode> nodes = sectionLength == 0 ? [] : this.ReadLayers();
        this.input.Position = sectionEnd;
        RgbaImage merged = this.ReadMerged(width, height, channels);
        if (nodes.Count == 0)
        {
            nodes.Add(new DocumentLayer("Background", merged));
        }

        return new LayeredDocument(width, height, nodes) { Merged = merged, IccProfile = this.profile, PixelsPerInch = this.pixelsPerInch };
    }

    private void Skip(long count) => this.input.Position += count;

    private void ReadResources()
    {
        long end = this.input.Length(large: false, "resource section");
        end += this.input.Position;
        while (this.input.Position + 12 <= end)
        {
            this.input.Expect("8BIM"u8, "resource");
            int id = this.input.Int16();
            int nameLength = this.input.Byte();
            this.input.Bytes(nameLength + ((nameLength + 1) % 2), "resource name");
            long length = this.input.Length(large: false, "resource");
            long next = this.input.Position + length + (length % 2);
            if (id == 1039)
            {
                this.profile = this.input.Bytes(length, "colour profile");
            }
            else if (id == 1005 && length >= 4)
            {
                double value = this.input.Int32() / 65536.0;
                this.pixelsPerInch = value is >= 1 and <= short.MaxValue ? value : 72;
            }

            this.input.Position = Math.Min(next, end);
        }

        this.input.Position = end;
    }

    private List<DocumentNode> ReadLayers()
    {
        long length = this.input.Length(this.large, "layer information");
        if (length == 0)
        {
            return [];
        }

        // Negative only says that the merged picture is transparent.
        int count = Math.Abs(this.input.Int16());
        PsdRecord[] records = new PsdRecord[count];
        for (int i = 0; i < count; i++)
        {
            records[i] = this.ReadRecord();
        }

        Stack<List<DocumentNode>> open = new();
        open.Push([]);
        foreach (PsdRecord record in records)
        {
            RgbaImage? image = this.ReadImage(record);
            if (record.Section == 3)
            {
                if (open.Count > LayeredDocument.MaximumDepth)
                {
                    throw new ImageFormatException($"Groups lie more than {LayeredDocument.MaximumDepth} deep.");
                }

                open.Push([]);
                continue;
            }

            bool group = record.Section is 1 or 2;
            if (group && open.Count == 1)
            {
                throw new ImageFormatException($"The group '{record.Name}' has no lower end.");
            }

            DocumentNode node = group ? new DocumentGroup(record.Name, open.Pop()) : new DocumentLayer(record.Name, image ?? new RgbaImage(1, 1), record.Left, record.Top);
            open.Peek().Add(node with { BlendMode = record.BlendMode, Opacity = record.Opacity / 255.0, Visible = record.Visible });
        }

        return open.Count == 1 ? open.Pop() : throw new ImageFormatException($"{open.Count - 1} groups have no upper end.");
    }

    private PsdRecord ReadRecord()
    {
        (int top, int left, int bottom, int right) = (this.input.Int32(), this.input.Int32(), this.input.Int32(), this.input.Int32());
        int channelCount = this.input.Int16();
        long width = (long)right - left;
        long height = (long)bottom - top;
        if (channelCount is < 0 or > 56 || width is < 0 or > LayeredDocument.MaximumSide || height is < 0 or > LayeredDocument.MaximumSide || width * height > RgbaImage.MaximumPixels)
        {
            throw new ImageFormatException($"The layer record before byte {this.input.Position} has {channelCount} channels and {width}×{height} pixels, which is not possible.");
        }

        (int Id, long Length)[] channels = new (int, long)[channelCount];
        for (int i = 0; i < channelCount; i++)
        {
            int id = this.input.Int16();
            channels[i] = (id, this.input.Length(this.large, "channel"));
        }

        this.input.Expect("8BIM"u8, "layer's blend mode");
        byte[] key = this.input.Bytes(4, "blend mode");
        byte opacity = this.input.Byte();
        this.input.Byte();
        byte flags = this.input.Byte();
        this.input.Byte();
        PsdRecord record = new(left, top, (int)width, (int)height, channels) { Opacity = opacity, Visible = (flags & 2) == 0 };
        this.ReadExtra(record, ref key);
        if (!PsdBlendModes.TryParse(key, out BlendMode mode))
        {
            throw new ImageFormatException($"Layer '{record.Name}' has the blend mode '{Encoding.Latin1.GetString(key)}', which is not known.");
        }

        record.BlendMode = mode;
        return record;
    }

    private void ReadExtra(PsdRecord record, ref byte[] blendKey)
    {
        long end = this.input.Length(large: false, "layer's extra data");
        end += this.input.Position;
        this.Skip(this.input.Length(large: false, "layer's mask"));
        this.Skip(this.input.Length(large: false, "layer's blending ranges"));
        int nameLength = this.input.Byte();
        record.Name = Encoding.Latin1.GetString(this.input.Bytes(nameLength, "layer's name"));
        this.input.Bytes((4 - ((nameLength + 1) % 4)) % 4, "layer's name");
        while (this.input.Position + 12 <= end)
        {
            this.input.FourCharacters();
            byte[] key = this.input.Bytes(4, "block");
            bool wide = this.large && Encoding.Latin1.GetString(key) is "LMsk" or "Lr16" or "Lr32" or "Layr" or "Mt16" or "Mt32" or "Mtrn" or "Alph" or "FMsk" or "lnk2" or "FEid" or "FXid" or "PxSD";
            long length = this.input.Length(wide, "block");
            long next = this.input.Position + length;
            if (key.AsSpan().SequenceEqual("luni"u8) && length >= 4)
            {
                long characters = (uint)this.input.Int32();
                record.Name = Encoding.BigEndianUnicode.GetString(this.input.Bytes(Math.Min(characters * 2, length - 4) / 2 * 2, "layer's name")).TrimEnd('\0');
            }
            else if (key.AsSpan().SequenceEqual("lsct"u8) && length >= 4)
            {
                record.Section = this.input.Int32();
                if (length >= 12 && record.Section is 1 or 2)
                {
                    this.input.Expect("8BIM"u8, "group's blend mode");
                    blendKey = this.input.Bytes(4, "group's blend mode");
                }
            }

            this.input.Position = Math.Min(next, end);
        }

        if (record.Name.Length == 0)
        {
            record.Name = "Layer";
        }

        this.input.Position = end;
    }

    private RgbaImage? ReadImage(PsdRecord record)
    {
        RgbaImage? image = null;
        foreach ((int id, long length) in record.Channels)
        {
            long end = this.input.Position + length;
            if (end > this.input.Position + this.input.Remaining)
            {
                throw new ImageFormatException($"The pixels of layer '{record.Name}' end beyond the file.");
            }

            if (id is >= -1 and <= 2 && record.Width > 0 && record.Height > 0)
            {
                int compression = length < 2 ? throw new ImageFormatException($"A channel of layer '{record.Name}' has {length} bytes.") : this.input.Int16();
                PsdDecoder decoder = new(this.input, record.Width, record.Height, length - 2, this.large);
                if (image is null)
                {
                    decoder.CheckSize(compression);
                    this.pixels += (long)record.Width * record.Height;
                    if (this.pixels > RgbaImage.MaximumPixels)
                    {
                        throw new ImageFormatException($"The layers have more than {RgbaImage.MaximumPixels} pixels together.");
                    }

                    image = new RgbaImage(record.Width, record.Height);
                    FillAlpha(image);
                }

                decoder.Read(compression, image, id < 0 ? 3 : id);
            }

            this.input.Position = end;
        }

        return image;
    }

    private RgbaImage ReadMerged(int width, int height, int channels)
    {
        int compression = this.input.Int16();
        PsdDecoder decoder = new(this.input, width, height, this.input.Remaining, this.large);
        decoder.CheckSize(compression);
        RgbaImage image = new(width, height);
        FillAlpha(image);
        decoder.ReadAll(compression, image, channels);
        if (channels > 3)
        {
            Span<byte> pixels = image.Span;
            for (int i = 0; i < pixels.Length; i += 4)
            {
                int alpha = pixels[i + 3];
                for (int channel = 0; channel < 3 && alpha is > 0 and < 255; channel++)
                {
                    int colour = pixels[i + channel] - 255 + alpha;
                    pixels[i + channel] = (byte)Math.Clamp(((colour * 255) + (alpha / 2)) / alpha, 0, 255);
                }
            }
        }

        return image;
    }

    private static void FillAlpha(RgbaImage image)
    {
        Span<byte> pixels = image.Span;
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = 255;
        }
    }
}
