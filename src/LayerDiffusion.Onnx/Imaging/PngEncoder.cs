using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Writes PNG files of 8 or 16 bits RGBA, not interlaced, without seeking.</summary>
internal static class PngEncoder
{
    /// <summary>Fills one row with samples as stored: 4 bytes a pixel, or 8 in big-endian order.</summary>
    public delegate void RowSource(int y, Span<byte> row);

    /// <summary>Writes one picture.</summary>
    public static void Write(Stream stream, int width, int height, int bitDepth, PngOptions options, RowSource rows)
    {
        ArgumentNullException.ThrowIfNull(stream);
        PngHeader header = new(width, height, bitDepth, PngColorType.Rgba, Interlaced: false);
        WriteStart(stream, header, options, animation: []);
        using (PngDataWriter data = new(stream))
        {
            WriteRows(data, header, options, rows);
        }

        WriteChunk(stream, PngFormat.End, []);
    }

    /// <summary>Writes everything before the pixels.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="header">The header.</param>
    /// <param name="options">What else to write.</param>
    /// <param name="animation">The content of <c>acTL</c>; empty if the picture is not animated.</param>
    public static void WriteStart(Stream stream, PngHeader header, PngOptions options, ReadOnlySpan<byte> animation)
    {
        if (options.Filter is < PngFilter.None or > PngFilter.Adaptive)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Filter, $"{nameof(PngOptions)}.{nameof(PngOptions.Filter)} must be None, Sub, Up, Average, Paeth or Adaptive.");
        }

        List<(uint Type, byte[] Content)> descriptions = Describe(options.Metadata);
        stream.Write(PngFormat.Signature);
        Span<byte> content = stackalloc byte[PngHeader.Length];
        header.Write(content);
        WriteChunk(stream, PngFormat.Header, content);
        if (!animation.IsEmpty)
        {
            WriteChunk(stream, PngFormat.AnimationControl, animation);
        }

        foreach ((uint type, byte[] description) in descriptions)
        {
            WriteChunk(stream, type, description);
        }
    }

    /// <summary>Filters and compresses the rows.</summary>
    public static void WriteRows(PngDataWriter data, PngHeader header, PngOptions options, RowSource rows)
    {
        using ZLibStream deflater = new(data, options.Compression, leaveOpen: true);
        int length = checked((int)header.RowBytes(header.Width));
        byte[] current = new byte[length];
        byte[] previous = new byte[length];
        byte[] scratch = new byte[2 * (length + 1)];
        for (int y = 0; y < header.Height; y++)
        {
            rows(y, current);
            deflater.Write(PngFiltering.Apply(options.Filter, current, previous, header.FilterDistance, scratch));
            (current, previous) = (previous, current);
        }
    }

    /// <summary>Writes one chunk with its checksum.</summary>
    public static void WriteChunk(Stream stream, uint type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(number[4..], type);
        uint checksum = Crc32.Append(Crc32.Append(0, number[4..]), content);
        stream.Write(number);
        stream.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum);
        stream.Write(number[..4]);
    }

    private static List<(uint Type, byte[] Content)> Describe(PngMetadata metadata)
    {
        List<(uint Type, byte[] Content)> chunks = [];
        if (metadata.Chromaticities is PngChromaticities white)
        {
            chunks.Add((PngFormat.Chromaticities, FixedPoint(
                nameof(PngMetadata.Chromaticities), white.WhiteX, white.WhiteY, white.RedX, white.RedY, white.GreenX, white.GreenY, white.BlueX, white.BlueY)));
        }

        if (metadata.Gamma is double gamma)
        {
            chunks.Add((PngFormat.Gamma, FixedPoint(nameof(PngMetadata.Gamma), gamma)));
        }

        if (metadata.IccProfile is PngIccProfile profile)
        {
            chunks.Add((PngFormat.IccProfile, [.. Keyword(profile.Name), 0, 0, .. Deflate(profile.Data.Span)]));
        }
        else if (metadata.SrgbRenderingIntent is PngRenderingIntent intent)
        {
            chunks.Add((PngFormat.Srgb, [(byte)intent]));
        }

        foreach (PngText text in metadata.Texts)
        {
            chunks.Add(Describe(text));
        }

        return chunks;
    }

    // Latin-1 fits the oldest chunk, which every reader knows; other characters need UTF-8.
    private static (uint Type, byte[] Content) Describe(PngText text)
    {
        ArgumentNullException.ThrowIfNull(text.Value, nameof(PngText.Value));
        if (text.Value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"the text '{text.Keyword}' holds a character U+0000, which a PNG text may not.", nameof(text));
        }

        byte[] keyword = Keyword(text.Keyword);
        bool latin = !text.Value.AsSpan().ContainsAnyExceptInRange('\u0001', '\u00FF');
        return latin
            ? (PngFormat.Text, [.. keyword, 0, .. Encoding.Latin1.GetBytes(text.Value)])
            : (PngFormat.InternationalText, [.. keyword, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text.Value)]);
    }

    private static byte[] Keyword(string keyword)
    {
        if (string.IsNullOrEmpty(keyword) || keyword.Length > PngFormat.MaximumKeywordLength
            || keyword.AsSpan().ContainsAnyExceptInRange(' ', '\u00FF') || keyword.AsSpan().ContainsAnyInRange('\u007F', '\u00A0')
            || keyword[0] == ' ' || keyword[^1] == ' ' || keyword.Contains("  ", StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{keyword}' is no PNG keyword: 1 to {PngFormat.MaximumKeywordLength} printable Latin-1 characters, no space at the ends and no two together.", nameof(keyword));
        }

        return Encoding.Latin1.GetBytes(keyword);
    }

    private static byte[] FixedPoint(string name, params ReadOnlySpan<double> values)
    {
        byte[] content = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            double scaled = Math.Round(values[i] * PngFormat.FixedPoint);
            if (!(scaled is >= 0 and <= int.MaxValue))
            {
                throw new ArgumentOutOfRangeException(name, values[i], $"{nameof(PngMetadata)}.{name} must be from 0 to {int.MaxValue / (int)PngFormat.FixedPoint}.");
            }

            BinaryPrimitives.WriteUInt32BigEndian(content.AsSpan(4 * i), (uint)scaled);
        }

        return content;
    }

    private static byte[] Deflate(ReadOnlySpan<byte> content)
    {
        using MemoryStream result = new();
        using (ZLibStream deflater = new(result, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflater.Write(content);
        }

        return result.ToArray();
    }
}
