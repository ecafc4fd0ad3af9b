namespace LayerDiffusion.Onnx.Imaging;

/// <summary>The blend functions B(backdrop, source) of W3C Compositing and Blending Level 1 on straight colour from 0 to 1.</summary>
internal static class BlendFunctions
{
    /// <summary>Blends one channel.</summary>
    public static double Blend(BlendMode mode, double backdrop, double source) => mode switch
    {
        BlendMode.Normal => source,
        BlendMode.Multiply => backdrop * source,
        BlendMode.Screen => backdrop + source - (backdrop * source),
        BlendMode.Overlay => HardLight(source, backdrop),
        BlendMode.Darken => Math.Min(backdrop, source),
        BlendMode.Lighten => Math.Max(backdrop, source),
        BlendMode.ColorDodge => ColorDodge(backdrop, source),
        BlendMode.ColorBurn => ColorBurn(backdrop, source),
        BlendMode.HardLight => HardLight(backdrop, source),
        BlendMode.SoftLight => SoftLight(backdrop, source),
        BlendMode.Difference => Math.Abs(backdrop - source),
        BlendMode.Exclusion => backdrop + source - (2 * backdrop * source),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "This is no blend mode of single channels."),
    };

    /// <summary>Blends red, green and blue together.</summary>
    public static void Blend(BlendMode mode, ReadOnlySpan<double> backdrop, ReadOnlySpan<double> source, Span<double> result)
    {
        switch (mode)
        {
            case BlendMode.Hue:
                source[..3].CopyTo(result);
                SetSaturation(result, Saturation(backdrop));
                SetLuminosity(result, Luminosity(backdrop));
                break;
            case BlendMode.Saturation:
                backdrop[..3].CopyTo(result);
                SetSaturation(result, Saturation(source));
                SetLuminosity(result, Luminosity(backdrop));
                break;
            case BlendMode.Color:
                source[..3].CopyTo(result);
                SetLuminosity(result, Luminosity(backdrop));
                break;
            case BlendMode.Luminosity:
                backdrop[..3].CopyTo(result);
                SetLuminosity(result, Luminosity(source));
                break;
            default:
                for (int i = 0; i < 3; i++)
                {
                    result[i] = Blend(mode, backdrop[i], source[i]);
                }

                break;
        }
    }

    private static double HardLight(double backdrop, double source)
    {
        double twice = 2 * source;
        return twice <= 1 ? backdrop * twice : backdrop + (twice - 1) - (backdrop * (twice - 1));
    }

    private static double ColorDodge(double backdrop, double source)
    {
        if (backdrop == 0)
        {
            return 0;
        }

        return source >= 1 ? 1 : Math.Min(1, backdrop / (1 - source));
    }

    private static double ColorBurn(double backdrop, double source)
    {
        if (backdrop >= 1)
        {
            return 1;
        }

        return source <= 0 ? 0 : 1 - Math.Min(1, (1 - backdrop) / source);
    }

    private static double SoftLight(double backdrop, double source)
    {
        if (source <= 0.5)
        {
            return backdrop - ((1 - (2 * source)) * backdrop * (1 - backdrop));
        }

        double curve = backdrop <= 0.25 ? ((((16 * backdrop) - 12) * backdrop) + 4) * backdrop : Math.Sqrt(backdrop);
        return backdrop + (((2 * source) - 1) * (curve - backdrop));
    }

    private static double Luminosity(ReadOnlySpan<double> color) => (0.3 * color[0]) + (0.59 * color[1]) + (0.11 * color[2]);

    private static double Minimum(ReadOnlySpan<double> color) => Math.Min(color[0], Math.Min(color[1], color[2]));

    private static double Maximum(ReadOnlySpan<double> color) => Math.Max(color[0], Math.Max(color[1], color[2]));

    private static double Saturation(ReadOnlySpan<double> color) => Maximum(color) - Minimum(color);

    // Stretches the channels linearly so that the least is 0 and the greatest the saturation.
    private static void SetSaturation(Span<double> color, double saturation)
    {
        double least = Minimum(color);
        double range = Maximum(color) - least;
        for (int i = 0; i < 3; i++)
        {
            color[i] = range > 0 ? (color[i] - least) * saturation / range : 0;
        }
    }

    private static void SetLuminosity(Span<double> color, double luminosity)
    {
        double shift = luminosity - Luminosity(color);
        for (int i = 0; i < 3; i++)
        {
            color[i] += shift;
        }

        double grey = Luminosity(color);
        double least = Minimum(color);
        double greatest = Maximum(color);
        for (int i = 0; i < 3; i++)
        {
            if (least < 0)
            {
                color[i] = grey + ((color[i] - grey) * grey / (grey - least));
            }

            if (greatest > 1)
            {
                color[i] = grey + ((color[i] - grey) * (1 - grey) / (greatest - grey));
            }
        }
    }
}
