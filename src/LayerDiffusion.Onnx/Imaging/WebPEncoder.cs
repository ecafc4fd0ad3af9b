using System.Buffers.Binary;
using System.Numerics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Writes lossless WebP files (RFC 9649: RIFF with one <c>VP8L</c> chunk): green taken from red and blue, prediction, one set of prefix codes,
/// runs of equal pixels as copies. Every pixel is kept exactly, colour under alpha 0 included.
/// </summary>
internal static class WebPEncoder
{
    /// <summary>The longest side that the format has.</summary>
    public const int LongestSide = 1 << 14;

    private const int ShortestRun = 4;
    private const int LongestRun = 4096;
    private const int LengthSymbols = 24;
    private const int DistanceSymbols = 40;

    // The pixel to the left, in the format's order of near pixels.
    private const int LeftPixel = 1;

    /// <summary>Writes straight pixels.</summary>
    public static void Write(Stream stream, ReadOnlySpan<byte> rgba, int width, int height)
    {
        uint[] pixels = new uint[width * height];
        uint alphas = 255;
        for (int i = 0; i < pixels.Length; i++)
        {
            (byte red, byte green, byte blue, byte alpha) = (rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2], rgba[(4 * i) + 3]);
            alphas &= alpha;
            pixels[i] = ((uint)alpha << 24) | ((uint)(byte)(red - green) << 16) | ((uint)green << 8) | (byte)(blue - green);
        }

        WebPBitWriter writer = new();
        writer.Write(0x2F, 8);
        writer.Write((uint)(width - 1), 14);
        writer.Write((uint)(height - 1), 14);
        writer.Write(alphas < 255 ? 1u : 0u, 1);
        writer.Write(0, 3);

        // Transforms: each a bit that one follows, its number and its data.
        writer.Write(0b10_1, 3);
        writer.Write(0b00_1, 3);
        writer.Write(WebPPrediction.BlockBits - 2, 3);
        uint[] residuals = new uint[pixels.Length];
        uint[] modes = WebPPrediction.Apply(pixels, width, residuals);
        WriteImage(writer, modes, isMain: false);
        writer.Write(0, 1);
        WriteImage(writer, residuals, isMain: true);
        WriteFile(stream, writer.Finish());
    }

    private static void WriteFile(Stream stream, ReadOnlySpan<byte> content)
    {
        int padding = content.Length & 1;
        Span<byte> header = stackalloc byte[20];
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)(12 + content.Length + padding));
        "WEBPVP8L"u8.CopyTo(header[8..]);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], (uint)content.Length);
        stream.Write(header);
        stream.Write(content);
        stream.Write([0], 0, padding);
    }

    private static void WriteImage(WebPBitWriter writer, uint[] pixels, bool isMain)
    {
        // No colour cache and, which only the main picture says, the same codes everywhere.
        writer.Write(0, isMain ? 2 : 1);
        int[][] counts = [new int[256 + LengthSymbols], new int[256], new int[256], new int[256], new int[DistanceSymbols]];
        for (int i = 0; i < pixels.Length;)
        {
            int run = RunAt(pixels, i);
            if (run > 0)
            {
                counts[0][256 + LengthOf(run).Symbol]++;
                counts[4][LeftPixel]++;
                i += run;
                continue;
            }

            uint pixel = pixels[i++];
            counts[0][(pixel >> 8) & 255]++;
            counts[1][(pixel >> 16) & 255]++;
            counts[2][pixel & 255]++;
            counts[3][pixel >> 24]++;
        }

        WebPPrefixCode[] codes = Array.ConvertAll(counts, static count => new WebPPrefixCode(count));
        foreach (WebPPrefixCode code in codes)
        {
            code.WriteDefinition(writer);
        }

        for (int i = 0; i < pixels.Length;)
        {
            int run = RunAt(pixels, i);
            if (run > 0)
            {
                (int symbol, int extra, int bits) = LengthOf(run);
                codes[0].Write(writer, 256 + symbol);
                writer.Write((uint)extra, bits);
                codes[4].Write(writer, LeftPixel);
                i += run;
                continue;
            }

            uint pixel = pixels[i++];
            codes[0].Write(writer, (int)((pixel >> 8) & 255));
            codes[1].Write(writer, (int)((pixel >> 16) & 255));
            codes[2].Write(writer, (int)(pixel & 255));
            codes[3].Write(writer, (int)(pixel >> 24));
        }
    }

    // How many pixels from here on equal the one before; 0 if too few for a copy.
    private static int RunAt(uint[] pixels, int start)
    {
        if (start == 0 || pixels[start] != pixels[start - 1])
        {
            return 0;
        }

        ReadOnlySpan<uint> rest = pixels.AsSpan(start, Math.Min(LongestRun, pixels.Length - start));
        int run = rest.IndexOfAnyExcept(pixels[start - 1]);
        run = run < 0 ? rest.Length : run;
        return run >= ShortestRun ? run : 0;
    }

    // Section 5.2.2 of the specification: two symbols for each power of two, the rest as plain bits.
    private static (int Symbol, int Extra, int Bits) LengthOf(int run)
    {
        int value = run - 1;
        if (value < 4)
        {
            return (value, 0, 0);
        }

        int highest = BitOperations.Log2((uint)value);
        int bits = highest - 1;
        return ((2 * highest) + ((value >> bits) & 1), value & ((1 << bits) - 1), bits);
    }
}
