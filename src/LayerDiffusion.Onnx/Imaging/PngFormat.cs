using System.Text;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Constants of the PNG format that reader and writer share (PNG specification, third edition).</summary>
internal static class PngFormat
{
    public const uint Header = 0x49484452; // IHDR
    public const uint Palette = 0x504C5445; // PLTE
    public const uint Data = 0x49444154; // IDAT
    public const uint End = 0x49454E44; // IEND
    public const uint Transparency = 0x74524E53; // tRNS
    public const uint Gamma = 0x67414D41; // gAMA
    public const uint Chromaticities = 0x6348524D; // cHRM
    public const uint Srgb = 0x73524742; // sRGB
    public const uint IccProfile = 0x69434350; // iCCP
    public const uint Text = 0x74455874; // tEXt
    public const uint CompressedText = 0x7A545874; // zTXt
    public const uint InternationalText = 0x69545874; // iTXt

    public const uint AnimationControl = 0x6163544C; // acTL
    public const uint FrameControl = 0x6663544C; // fcTL
    public const uint FrameData = 0x66644154; // fdAT

    /// <summary>Set in the type of a chunk that a reader may skip: the first letter is lower case.</summary>
    public const uint AncillaryBit = 0x20000000;

    /// <summary>Gamma and chromaticities are stored as whole numbers of this fraction.</summary>
    public const double FixedPoint = 100_000;

    public const int MaximumKeywordLength = 79;

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Says whether a chunk type is four letters.</summary>
    public static bool IsValidType(uint type)
    {
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            if (!char.IsAsciiLetter((char)((type >> shift) & 0xFF)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Gets a chunk type for a message; what is no letter appears as its code.</summary>
    public static string NameOf(uint type)
    {
        StringBuilder name = new(16);
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            char letter = (char)((type >> shift) & 0xFF);
            if (char.IsAsciiLetter(letter))
            {
                name.Append(letter);
            }
            else
            {
                name.Append("\\x").Append(((int)letter).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return name.ToString();
    }
}
