using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Collects texts and colour chunks while a PNG file is read. A chunk that does not follow the specification is left out, as the
/// specification recommends for chunks that the picture does not need; too much content is an error, so that memory stays bounded.
/// </summary>
internal sealed class PngMetadataReader(int maximumBytes)
{
    private readonly List<PngText> texts = [];
    private PngMetadata metadata = PngMetadata.Empty;
    private long used;

    /// <summary>Says whether the content of a chunk is to be kept for <see cref="Take"/>.</summary>
    public bool Wants(uint type, int length)
    {
        if (type is not (PngFormat.Gamma or PngFormat.Chromaticities or PngFormat.Srgb or PngFormat.IccProfile
            or PngFormat.Text or PngFormat.CompressedText or PngFormat.InternationalText))
        {
            return false;
        }

        this.Use(length);
        return true;
    }

    /// <summary>Takes the content of one chunk.</summary>
    public void Take(uint type, byte[] content)
    {
        switch (type)
        {
            case PngFormat.Gamma when content.Length == 4:
                this.metadata = this.metadata with { Gamma = FixedPoint(content, 0) };
                break;
            case PngFormat.Srgb when content.Length == 1 && content[0] <= (byte)PngRenderingIntent.AbsoluteColorimetric:
                this.metadata = this.metadata with { SrgbRenderingIntent = (PngRenderingIntent)content[0] };
                break;
            case PngFormat.Chromaticities when content.Length == 32:
                this.metadata = this.metadata with
                {
                    Chromaticities = new PngChromaticities(
                        FixedPoint(content, 0),
                        FixedPoint(content, 1),
                        FixedPoint(content, 2),
                        FixedPoint(content, 3),
                        FixedPoint(content, 4),
                        FixedPoint(content, 5),
                        FixedPoint(content, 6),
                        FixedPoint(content, 7)),
                };
                break;
            case PngFormat.IccProfile:
                this.TakeIccProfile(content);
                break;
            case PngFormat.Text or PngFormat.CompressedText or PngFormat.InternationalText:
                this.TakeText(type, content);
                break;
            default:
                break;
        }
    }

    /// <summary>Gets what was collected.</summary>
    public PngMetadata ToMetadata() => this.metadata with { Texts = [.. this.texts] };

    private static double FixedPoint(byte[] content, int index) => BinaryPrimitives.ReadUInt32BigEndian(content.AsSpan(4 * index)) / PngFormat.FixedPoint;

    private static bool TrySplit(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> before, out ReadOnlySpan<byte> after)
    {
        int end = bytes.IndexOf((byte)0);
        before = end < 0 ? bytes : bytes[..end];
        after = end < 0 ? [] : bytes[(end + 1)..];
        return end >= 0;
    }

    private static bool TryReadKeyword(byte[] content, out string keyword, out ReadOnlySpan<byte> rest)
    {
        bool found = TrySplit(content, out ReadOnlySpan<byte> name, out rest);
        keyword = found ? Encoding.Latin1.GetString(name) : string.Empty;
        return found && name.Length is > 0 and <= PngFormat.MaximumKeywordLength;
    }

    private void Use(long bytes)
    {
        this.used += bytes;
        if (this.used > maximumBytes)
        {
            throw new ImageFormatException($"the texts and colour profiles of the PNG file take more than the accepted {maximumBytes} bytes ({nameof(PngReadOptions)}.{nameof(PngReadOptions.MaximumMetadataBytes)}).");
        }
    }

    private void TakeIccProfile(byte[] content)
    {
        if (TryReadKeyword(content, out string name, out ReadOnlySpan<byte> rest)
            && rest.Length > 1 && rest[0] == 0 && this.TryInflate(rest[1..], out byte[] profile))
        {
            this.metadata = this.metadata with { IccProfile = new PngIccProfile(name, profile) };
        }
    }

    private void TakeText(uint type, byte[] content)
    {
        if (!TryReadKeyword(content, out string keyword, out ReadOnlySpan<byte> rest))
        {
            return;
        }

        if (type == PngFormat.Text)
        {
            this.texts.Add(new PngText(keyword, Encoding.Latin1.GetString(rest)));
        }
        else if (type == PngFormat.CompressedText)
        {
            if (rest.Length > 1 && rest[0] == 0 && this.TryInflate(rest[1..], out byte[] text))
            {
                this.texts.Add(new PngText(keyword, Encoding.Latin1.GetString(text)));
            }
        }
        else if (rest.Length >= 2)
        {
            (byte compressed, byte method) = (rest[0], rest[1]);
            if (TrySplit(rest[2..], out _, out ReadOnlySpan<byte> afterLanguage)
                && TrySplit(afterLanguage, out _, out ReadOnlySpan<byte> value))
            {
                byte[]? text = compressed == 0 ? value.ToArray() : null;
                if (text is not null || (compressed == 1 && method == 0 && this.TryInflate(value, out text)))
                {
                    this.texts.Add(new PngText(keyword, Encoding.UTF8.GetString(text)));
                }
            }
        }
    }

    private bool TryInflate(ReadOnlySpan<byte> compressed, out byte[] content)
    {
        using MemoryStream result = new();
        try
        {
            using ZLibStream inflater = new(new MemoryStream(compressed.ToArray()), CompressionMode.Decompress);
            byte[] piece = new byte[1 << 14];
            for (int count = inflater.Read(piece); count > 0; count = inflater.Read(piece))
            {
                this.Use(count);
                result.Write(piece, 0, count);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            content = [];
            return false;
        }

        content = result.ToArray();
        return true;
    }
}
