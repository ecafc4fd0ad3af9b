namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Lays pictures over each other by the formulas of W3C Compositing and Blending Level 1 (source over, with all its blend modes).</summary>
public static class Compositing
{
    /// <summary>Lays a source over a backdrop, pixel by pixel, in double precision.</summary>
    /// <param name="backdrop">Straight red, green, blue, alpha from 0 to 1, <c>[n, 4]</c>.</param>
    /// <param name="source">The upper layer, as long.</param>
    /// <param name="result">Straight red, green, blue, alpha, as long; colour 0 where alpha is 0. May be one of the inputs.</param>
    /// <param name="mode">How the colours mix.</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of 4.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mode"/> is no blend mode.</exception>
    public static void SourceOver(ReadOnlySpan<double> backdrop, ReadOnlySpan<double> source, Span<double> result, BlendMode mode = BlendMode.Normal)
    {
        CheckMode(mode);
        if (backdrop.Length % 4 != 0 || source.Length != backdrop.Length || result.Length != backdrop.Length)
        {
            throw new ArgumentException($"Backdrop, source and result have {backdrop.Length}, {source.Length} and {result.Length} values; wanted are equal multiples of 4.", nameof(source));
        }

        for (int i = 0; i < backdrop.Length; i += 4)
        {
            Blend(backdrop.Slice(i, 4), source.Slice(i, 4), result.Slice(i, 4), mode);
        }
    }

    /// <summary>Lays a picture over a backdrop and returns the result.</summary>
    /// <param name="backdrop">The lower layer; it decides size and alpha mode of the result.</param>
    /// <param name="source">The upper layer, straight or premultiplied.</param>
    /// <param name="mode">How the colours mix.</param>
    /// <param name="x">Where the left edge of the source lies in the backdrop; parts outside are cut off.</param>
    /// <param name="y">Where the top edge of the source lies in the backdrop.</param>
    /// <param name="opacity">Factor to the source's alpha, 0 to 1.</param>
    /// <returns>A new picture; every sample is the exact result rounded once.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mode"/> is no blend mode or <paramref name="opacity"/> is not from 0 to 1.</exception>
    public static RgbaImage SourceOver(RgbaImage backdrop, RgbaImage source, BlendMode mode = BlendMode.Normal, int x = 0, int y = 0, double opacity = 1)
    {
        ArgumentNullException.ThrowIfNull(backdrop);
        RgbaImage result = backdrop.Clone();
        Draw(result, source, mode, x, y, opacity);
        return result;
    }

    /// <summary>Lays a picture over another one in place.</summary>
    /// <param name="target">The lower layer, which becomes the result.</param>
    /// <param name="source">The upper layer, straight or premultiplied; not <paramref name="target"/> itself.</param>
    /// <param name="mode">How the colours mix.</param>
    /// <param name="x">Where the left edge of the source lies in the target; parts outside are cut off.</param>
    /// <param name="y">Where the top edge of the source lies in the target.</param>
    /// <param name="opacity">Factor to the source's alpha, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mode"/> is no blend mode or <paramref name="opacity"/> is not from 0 to 1.</exception>
    public static void Draw(RgbaImage target, RgbaImage source, BlendMode mode = BlendMode.Normal, int x = 0, int y = 0, double opacity = 1)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(source);
        CheckMode(mode);
        if (!(opacity is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(opacity), opacity, "The opacity must be from 0 to 1.");
        }

        int left = Math.Max(0, x);
        int top = Math.Max(0, y);
        int right = (int)Math.Min(target.Width, (long)x + source.Width);
        int bottom = (int)Math.Min(target.Height, (long)y + source.Height);
        if (left >= right)
        {
            return;
        }

        bool bytes = mode == BlendMode.Normal && opacity == 1 && target.AlphaMode == source.AlphaMode;
        for (int row = top; row < bottom; row++)
        {
            Span<byte> lower = target.GetRow(row)[(4 * left)..(4 * right)];
            ReadOnlySpan<byte> upper = source.GetRow(row - y).Slice(4 * (left - x), lower.Length);
            if (!bytes)
            {
                DrawRow(lower, target.AlphaMode, upper, source.AlphaMode, mode, opacity);
            }
            else if (target.AlphaMode == AlphaMode.Straight)
            {
                DrawStraightRow(lower, upper);
            }
            else
            {
                DrawPremultipliedRow(lower, upper);
            }
        }
    }

    private static void CheckMode(BlendMode mode)
    {
        if (mode is < BlendMode.Normal or > BlendMode.Luminosity)
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "This is no blend mode.");
        }
    }

    private static void Blend(ReadOnlySpan<double> backdrop, ReadOnlySpan<double> source, Span<double> result, BlendMode mode)
    {
        double lower = backdrop[3];
        double upper = source[3];
        double alpha = upper + (lower * (1 - upper));
        Span<double> mixed = stackalloc double[3];
        BlendFunctions.Blend(mode, backdrop, source, mixed);
        for (int i = 0; i < 3; i++)
        {
            double color = ((1 - lower) * source[i]) + (lower * mixed[i]);
            result[i] = alpha == 0 ? 0 : ((upper * color) + ((1 - upper) * lower * backdrop[i])) / alpha;
        }

        result[3] = alpha;
    }

    private static void DrawRow(Span<byte> lower, AlphaMode lowerMode, ReadOnlySpan<byte> upper, AlphaMode upperMode, BlendMode mode, double opacity)
    {
        Span<double> backdrop = stackalloc double[4];
        Span<double> source = stackalloc double[4];
        for (int i = 0; i < lower.Length; i += 4)
        {
            Read(lower.Slice(i, 4), lowerMode, backdrop);
            Read(upper.Slice(i, 4), upperMode, source);
            source[3] *= opacity;
            Blend(backdrop, source, backdrop, mode);
            double factor = lowerMode == AlphaMode.Premultiplied ? backdrop[3] * 255 : 255;
            for (int channel = 0; channel < 3; channel++)
            {
                lower[i + channel] = (byte)(Math.Clamp(backdrop[channel] * factor, 0, 255) + 0.5);
            }

            lower[i + 3] = (byte)((backdrop[3] * 255) + 0.5);
        }
    }

    private static void Read(ReadOnlySpan<byte> pixel, AlphaMode mode, Span<double> result)
    {
        double divisor = mode == AlphaMode.Premultiplied ? pixel[3] : 255;
        for (int channel = 0; channel < 3; channel++)
        {
            result[channel] = divisor == 0 ? 0 : Math.Min(1, pixel[channel] / divisor);
        }

        result[3] = pixel[3] / 255.0;
    }

    // The exact rational result in units of 1/255² alpha, rounded once.
    private static void DrawStraightRow(Span<byte> lower, ReadOnlySpan<byte> upper)
    {
        for (int i = 0; i < lower.Length; i += 4)
        {
            int upperAlpha = upper[i + 3];
            int lowerAlpha = lower[i + 3];
            if (upperAlpha == 255 || (lowerAlpha == 0 && upperAlpha != 0))
            {
                upper.Slice(i, 4).CopyTo(lower[i..]);
            }
            else if (upperAlpha != 0)
            {
                int upperPart = 255 * upperAlpha;
                int lowerPart = lowerAlpha * (255 - upperAlpha);
                int alpha = upperPart + lowerPart;
                for (int channel = 0; channel < 3; channel++)
                {
                    int sum = (upper[i + channel] * upperPart) + (lower[i + channel] * lowerPart);
                    lower[i + channel] = (byte)((sum + (alpha / 2)) / alpha);
                }

                lower[i + 3] = (byte)((alpha + 127) / 255);
            }
            else if (lowerAlpha == 0)
            {
                lower.Slice(i, 3).Clear();
            }
        }
    }

    private static void DrawPremultipliedRow(Span<byte> lower, ReadOnlySpan<byte> upper)
    {
        for (int i = 0; i < lower.Length; i += 4)
        {
            int rest = 255 - upper[i + 3];
            for (int channel = 0; channel < 4; channel++)
            {
                lower[i + channel] = (byte)Math.Min(255, upper[i + channel] + AlphaConversion.Premultiply(lower[i + channel], rest));
            }
        }
    }
}
