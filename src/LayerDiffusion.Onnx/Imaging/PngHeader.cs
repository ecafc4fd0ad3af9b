using System.Buffers.Binary;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>The <c>IHDR</c> chunk of a PNG file.</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColorType ColorType, bool Interlaced)
{
    /// <summary>Bytes of the chunk.</summary>
    public const int Length = 13;

    /// <summary>Gets the samples of one pixel.</summary>
    public int Channels => this.ColorType switch
    {
        PngColorType.Rgb => 3,
        PngColorType.GreyAlpha => 2,
        PngColorType.Rgba => 4,
        _ => 1,
    };

    /// <summary>Gets the bits of one pixel.</summary>
    public int BitsPerPixel => this.BitDepth * this.Channels;

    /// <summary>Gets how many bytes back a filter finds the pixel to the left.</summary>
    public int FilterDistance => Math.Max(1, this.BitsPerPixel / 8);

    /// <summary>Gets the bytes of all rows of the picture, filter bytes included.</summary>
    public long ByteCount
    {
        get
        {
            long total = 0;
            foreach (PngPass pass in this.Passes())
            {
                total += pass.Height * (1 + this.RowBytes(pass.Width));
            }

            return total;
        }
    }

    /// <summary>Reads and checks the chunk's content.</summary>
    public static PngHeader Parse(ReadOnlySpan<byte> data, long maximumPixels)
    {
        uint width = BinaryPrimitives.ReadUInt32BigEndian(data);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        (byte depth, byte color, byte compression, byte filter, byte interlace) = (data[8], data[9], data[10], data[11], data[12]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
        {
            throw new ImageFormatException($"the PNG header says {width}×{height} pixels; sides must be 1 to {int.MaxValue}.");
        }

        bool known = (PngColorType)color switch
        {
            PngColorType.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColorType.Palette => depth is 1 or 2 or 4 or 8,
            PngColorType.Rgb or PngColorType.GreyAlpha or PngColorType.Rgba => depth is 8 or 16,
            _ => false,
        };
        if (!known)
        {
            throw new ImageFormatException($"the PNG header says colour type {color} with {depth} bits; allowed are 0 with 1, 2, 4, 8, 16, 3 with 1, 2, 4, 8 and 2, 4, 6 with 8, 16.");
        }

        if (compression != 0 || filter != 0 || interlace > 1)
        {
            throw new ImageFormatException($"the PNG header says compression method {compression}, filter method {filter}, interlace method {interlace}; only 0, 0 and 0 or 1 are defined.");
        }

        long limit = Math.Clamp(maximumPixels, 0, RgbaImage.MaximumPixels);
        if ((ulong)width * height > (ulong)limit)
        {
            throw new ImageFormatException($"the PNG header says {width}×{height} pixels; at most {limit} are accepted ({nameof(PngReadOptions)}.{nameof(PngReadOptions.MaximumPixels)}).");
        }

        PngHeader header = new((int)width, (int)height, depth, (PngColorType)color, interlace == 1);
        if (header.RowBytes(header.Width) >= Array.MaxLength)
        {
            throw new ImageFormatException($"the PNG header says rows of {header.RowBytes(header.Width)} bytes; at most {Array.MaxLength - 1} are accepted.");
        }

        return header;
    }

    /// <summary>Writes the chunk's content.</summary>
    public void Write(Span<byte> data)
    {
        BinaryPrimitives.WriteInt32BigEndian(data, this.Width);
        BinaryPrimitives.WriteInt32BigEndian(data[4..], this.Height);
        data[8] = (byte)this.BitDepth;
        data[9] = (byte)this.ColorType;
        data[10] = 0;
        data[11] = 0;
        data[12] = (byte)(this.Interlaced ? 1 : 0);
    }

    /// <summary>Gets the bytes of a row of pixels, without the filter byte.</summary>
    public long RowBytes(int width) => (((long)width * this.BitsPerPixel) + 7) / 8;

    /// <summary>Gets the reduced pictures that follow each other in the data: one, or the seven of Adam7 without the empty ones.</summary>
    public PngPass[] Passes()
    {
        if (!this.Interlaced)
        {
            return [new PngPass(0, 0, 1, 1, this.Width, this.Height)];
        }

        ReadOnlySpan<(int X, int Y, int StepX, int StepY)> adam7 =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        List<PngPass> passes = new(adam7.Length);
        foreach ((int x, int y, int stepX, int stepY) in adam7)
        {
            if (this.Width > x && this.Height > y)
            {
                passes.Add(new PngPass(x, y, stepX, stepY, ((this.Width - x - 1) / stepX) + 1, ((this.Height - y - 1) / stepY) + 1));
            }
        }

        return [.. passes];
    }
}
