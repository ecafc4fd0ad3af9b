using System.Buffers.Binary;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Turns the stored samples of PNG rows into RGBA. Grey of 1, 2 and 4 bits becomes v·255 ∕ (2ⁿ − 1); 16 bits become their high byte
/// in an 8-bit image; <c>tRNS</c> is compared at full depth. No gamma or colour profile is applied.
/// </summary>
internal sealed class PngPixels
{
    private readonly PngDecoder decoder;
    private readonly PngHeader header;
    private readonly byte[] palette;
    private readonly int transparentRed = -1;
    private readonly int transparentGreen = -1;
    private readonly int transparentBlue = -1;

    private PngPixels(PngDecoder decoder)
    {
        this.decoder = decoder;
        this.header = decoder.Header;
        this.palette = MakePalette(decoder);
        if (decoder.Transparency is byte[] transparency && this.header.ColorType != PngColorType.Palette)
        {
            // Only the low bits of the file's depth count.
            int mask = (1 << this.header.BitDepth) - 1;
            bool grey = this.header.ColorType == PngColorType.Grey;
            this.transparentRed = BinaryPrimitives.ReadUInt16BigEndian(transparency) & mask;
            this.transparentGreen = grey ? this.transparentRed : BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(2)) & mask;
            this.transparentBlue = grey ? this.transparentRed : BinaryPrimitives.ReadUInt16BigEndian(transparency.AsSpan(4)) & mask;
        }
    }

    /// <summary>Decodes to 8 bits a sample.</summary>
    public static RgbaImage ToImage(PngDecoder decoder)
    {
        PngPixels pixels = new(decoder);
        PngHeader header = decoder.Header;
        RgbaImage? image = null;
        byte[] scratch = [];
        decoder.Decode((row, pass, passRow) =>
        {
            // Only now is it sure that data for such a picture exists.
            image ??= new RgbaImage(header.Width, header.Height);
            Span<byte> target = image.GetRow(pass.Y + (passRow * pass.StepY));
            if (pass.StepX == 1)
            {
                pixels.ConvertRow(row, target);
                return;
            }

            scratch = scratch.Length == 0 ? new byte[header.Width * 4] : scratch;
            pixels.ConvertRow(row, scratch.AsSpan(0, pass.Width * 4));
            for (int i = 0; i < pass.Width; i++)
            {
                scratch.AsSpan(i * 4, 4).CopyTo(target[((pass.X + (i * pass.StepX)) * 4)..]);
            }
        });
        return image!;
    }

    /// <summary>Decodes to floats from 0 to 1; files with 16 bits keep them all.</summary>
    public static RgbaFloatImage ToFloatImage(PngDecoder decoder)
    {
        PngPixels pixels = new(decoder);
        PngHeader header = decoder.Header;
        RgbaFloatImage? image = null;
        byte[] scratch = [];
        decoder.Decode((row, pass, passRow) =>
        {
            image ??= new RgbaFloatImage(header.Width, header.Height);
            Span<float> target = image.GetRow(pass.Y + (passRow * pass.StepY));
            Span<ushort> wide = stackalloc ushort[4];
            if (header.BitDepth < 16)
            {
                scratch = scratch.Length == 0 ? new byte[header.Width * 4] : scratch;
                pixels.ConvertRow(row, scratch.AsSpan(0, pass.Width * 4));
            }

            for (int i = 0; i < pass.Width; i++)
            {
                Span<float> pixel = target.Slice((pass.X + (i * pass.StepX)) * 4, 4);
                if (header.BitDepth == 16)
                {
                    pixels.ReadWide(row, i, wide);
                }

                for (int channel = 0; channel < 4; channel++)
                {
                    pixel[channel] = header.BitDepth == 16 ? wide[channel] / 65535f : scratch[(i * 4) + channel] / 255f;
                }
            }
        });
        return image!;
    }

    private static byte[] MakePalette(PngDecoder decoder)
    {
        if (decoder.Header.ColorType != PngColorType.Palette)
        {
            return [];
        }

        int entries = decoder.Palette.Length / 3;
        byte[] palette = new byte[entries * 4];
        for (int i = 0; i < entries; i++)
        {
            decoder.Palette.AsSpan(i * 3, 3).CopyTo(palette.AsSpan(i * 4));
            palette[(i * 4) + 3] = decoder.Transparency is byte[] alpha && i < alpha.Length ? alpha[i] : (byte)255;
        }

        return palette;
    }

    private void ConvertRow(ReadOnlySpan<byte> row, Span<byte> target)
    {
        switch (this.header.BitDepth)
        {
            case 16:
                Span<ushort> wide = stackalloc ushort[4];
                for (int i = 0; i < target.Length / 4; i++)
                {
                    this.ReadWide(row, i, wide);
                    for (int channel = 0; channel < 4; channel++)
                    {
                        target[(i * 4) + channel] = (byte)(wide[channel] >> 8);
                    }
                }

                break;
            case 8 when this.header.ColorType != PngColorType.Palette:
                this.ConvertBytes(row, target);
                break;
            default:
                this.ConvertPacked(row, target);
                break;
        }
    }

    private void ConvertBytes(ReadOnlySpan<byte> row, Span<byte> target)
    {
        switch (this.header.ColorType)
        {
            case PngColorType.Rgba:
                row.CopyTo(target);
                break;
            case PngColorType.Rgb:
                for (int i = 0, j = 0; j < target.Length; i += 3, j += 4)
                {
                    (byte red, byte green, byte blue) = (row[i], row[i + 1], row[i + 2]);
                    target[j] = red;
                    target[j + 1] = green;
                    target[j + 2] = blue;
                    target[j + 3] = this.IsTransparent(red, green, blue) ? (byte)0 : (byte)255;
                }

                break;
            default:
                bool alpha = this.header.ColorType == PngColorType.GreyAlpha;
                for (int i = 0, j = 0; j < target.Length; i += alpha ? 2 : 1, j += 4)
                {
                    byte grey = row[i];
                    target.Slice(j, 3).Fill(grey);
                    byte opacity = this.IsTransparent(grey, grey, grey) ? (byte)0 : (byte)255;
                    target[j + 3] = alpha ? row[i + 1] : opacity;
                }

                break;
        }
    }

    // Palette indices of any depth and grey below 8 bits: several samples may share a byte, the first in the high bits.
    private void ConvertPacked(ReadOnlySpan<byte> row, Span<byte> target)
    {
        int depth = this.header.BitDepth;
        int mask = (1 << depth) - 1;
        bool isPalette = this.header.ColorType == PngColorType.Palette;
        for (int i = 0; i < target.Length / 4; i++)
        {
            int bit = i * depth;
            int sample = (row[bit >> 3] >> (8 - depth - (bit & 7))) & mask;
            Span<byte> pixel = target.Slice(i * 4, 4);
            if (!isPalette)
            {
                pixel[..3].Fill((byte)(sample * 255 / mask));
                pixel[3] = sample == this.transparentRed ? (byte)0 : (byte)255;
            }
            else if (sample * 4 < this.palette.Length)
            {
                this.palette.AsSpan(sample * 4, 4).CopyTo(pixel);
            }
            else
            {
                throw new ImageFormatException($"a pixel of the PNG file names palette entry {sample}; the palette has {this.palette.Length / 4} entries.");
            }
        }
    }

    private void ReadWide(ReadOnlySpan<byte> row, int index, Span<ushort> pixel)
    {
        ReadOnlySpan<byte> stored = row[(index * this.header.Channels * 2)..];
        ushort first = BinaryPrimitives.ReadUInt16BigEndian(stored);
        bool grey = this.header.ColorType is PngColorType.Grey or PngColorType.GreyAlpha;
        pixel[0] = first;
        pixel[1] = grey ? first : BinaryPrimitives.ReadUInt16BigEndian(stored[2..]);
        pixel[2] = grey ? first : BinaryPrimitives.ReadUInt16BigEndian(stored[4..]);
        pixel[3] = this.header.ColorType switch
        {
            PngColorType.GreyAlpha => BinaryPrimitives.ReadUInt16BigEndian(stored[2..]),
            PngColorType.Rgba => BinaryPrimitives.ReadUInt16BigEndian(stored[6..]),
            _ => this.IsTransparent(pixel[0], pixel[1], pixel[2]) ? (ushort)0 : ushort.MaxValue,
        };
    }

    private bool IsTransparent(int red, int green, int blue)
        => red == this.transparentRed && green == this.transparentGreen && blue == this.transparentBlue;
}
