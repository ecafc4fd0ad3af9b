namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Multiplies colour by alpha and divides it again, and changes between floats and bytes: the rounding rules live only here.</summary>
internal static class AlphaConversion
{
    // ⌈2²⁴ ∕ alpha⌉: a product with it, shifted by 24, is the exact quotient for every dividend below 2¹⁶.
    private static readonly uint[] Reciprocals = MakeReciprocals();

    /// <summary>Gets round(colour · alpha ∕ 255); no product falls between two integers exactly.</summary>
    public static byte Premultiply(int colour, int alpha)
    {
        int product = (colour * alpha) + 128;
        return (byte)((product + (product >> 8)) >> 8);
    }

    /// <summary>Gets min(255, round(stored · 255 ∕ alpha)), halves up; 0 where alpha is 0.</summary>
    public static byte Unpremultiply(int stored, int alpha)
    {
        ulong dividend = (uint)((255 * stored) + (alpha >> 1));
        return (byte)Math.Min(255UL, (dividend * Reciprocals[alpha]) >> 24);
    }

    /// <summary>Premultiplies pixels of four bytes; source and target may be the same.</summary>
    public static void Premultiply(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (int i = 0; i <= source.Length - 4; i += 4)
        {
            int alpha = source[i + 3];
            target[i] = Premultiply(source[i], alpha);
            target[i + 1] = Premultiply(source[i + 1], alpha);
            target[i + 2] = Premultiply(source[i + 2], alpha);
            target[i + 3] = (byte)alpha;
        }
    }

    /// <summary>Divides colour by alpha in pixels of four bytes; source and target may be the same.</summary>
    public static void Unpremultiply(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (int i = 0; i <= source.Length - 4; i += 4)
        {
            int alpha = source[i + 3];
            target[i] = Unpremultiply(source[i], alpha);
            target[i + 1] = Unpremultiply(source[i + 1], alpha);
            target[i + 2] = Unpremultiply(source[i + 2], alpha);
            target[i + 3] = (byte)alpha;
        }
    }

    /// <summary>Premultiplies pixels of four floats; source and target may be the same.</summary>
    public static void Premultiply(ReadOnlySpan<float> source, Span<float> target)
    {
        for (int i = 0; i <= source.Length - 4; i += 4)
        {
            float alpha = source[i + 3];
            target[i] = source[i] * alpha;
            target[i + 1] = source[i + 1] * alpha;
            target[i + 2] = source[i + 2] * alpha;
            target[i + 3] = alpha;
        }
    }

    /// <summary>Divides colour by alpha in pixels of four floats, colour 0 where alpha is 0; source and target may be the same.</summary>
    public static void Unpremultiply(ReadOnlySpan<float> source, Span<float> target)
    {
        for (int i = 0; i <= source.Length - 4; i += 4)
        {
            float alpha = source[i + 3];
            target[i] = alpha == 0 ? 0 : source[i] / alpha;
            target[i + 1] = alpha == 0 ? 0 : source[i + 1] / alpha;
            target[i + 2] = alpha == 0 ? 0 : source[i + 2] / alpha;
            target[i + 3] = alpha;
        }
    }

    /// <summary>Clips to 0…1 and stores 255·x without its fraction, as LayerDiffuse does; not-a-number becomes 0.</summary>
    public static void Truncate(ReadOnlySpan<float> source, Span<byte> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = (byte)Math.Clamp(NotNaN(source[i]) * 255f, 0f, 255f);
        }
    }

    /// <summary>Clips to 0…1 and stores 255·x rounded, halves to even; not-a-number becomes 0.</summary>
    public static void Round(ReadOnlySpan<float> source, Span<byte> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = (byte)MathF.Round(Math.Clamp(NotNaN(source[i]) * 255f, 0f, 255f));
        }
    }

    /// <summary>Makes floats from 0 to 1 of bytes.</summary>
    public static void ToSingle(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = source[i] / 255f;
        }
    }

    private static float NotNaN(float value) => float.IsNaN(value) ? 0 : value;

    private static uint[] MakeReciprocals()
    {
        uint[] reciprocals = new uint[256];
        for (uint alpha = 1; alpha < 256; alpha++)
        {
            reciprocals[alpha] = ((1u << 24) + alpha - 1) / alpha;
        }

        return reciprocals;
    }
}
