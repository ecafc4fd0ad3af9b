using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests;

/// <summary>Pictures made for tests, the same at every call.</summary>
internal static class Pictures
{
    /// <summary>Independent samples; every fifth pixel fully transparent, every seventh opaque.</summary>
    public static RgbaImage Noise(int width, int height, int seed, AlphaMode alphaMode = AlphaMode.Straight)
    {
        RgbaImage image = new(width, height, alphaMode);
        Span<byte> pixels = image.Pixels.Span;
        new Random(seed).NextBytes(pixels);
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = i / 4 % 5 == 0 ? (byte)0 : i / 4 % 7 == 0 ? (byte)255 : pixels[i];
            if (alphaMode == AlphaMode.Premultiplied)
            {
                for (int channel = 1; channel <= 3; channel++)
                {
                    pixels[i - channel] = Math.Min(pixels[i - channel], pixels[i]);
                }
            }
        }

        return image;
    }

    /// <summary>Independent samples, with alpha 0, 1, 254 and 255 in four of six pixels: where rounding goes wrong first.</summary>
    public static RgbaImage ExtremeNoise(int width, int height, int seed)
    {
        RgbaImage image = new(width, height);
        Span<byte> pixels = image.Pixels.Span;
        new Random(seed).NextBytes(pixels);
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = (i / 4 % 6) switch { 0 => 0, 1 => 1, 2 => 254, 3 => 255, _ => pixels[i] };
        }

        return image;
    }

    /// <summary>Independent samples, alpha 255.</summary>
    public static RgbaImage OpaqueNoise(int width, int height, int seed)
    {
        RgbaImage image = Noise(width, height, seed);
        Span<byte> pixels = image.Pixels.Span;
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = 255;
        }

        return image;
    }

    /// <summary>A <see cref="Pattern"/> with stretches of noise, alpha included: compressors find something to do and something that they cannot compress.</summary>
    public static RgbaImage NoisyPattern(int width, int height, int seed)
    {
        RgbaImage image = Pattern(width, height, seed);
        uint state = (uint)((seed * 2654435761L) + 1);
        Span<byte> pixels = image.Pixels.Span;
        for (int i = 0; i < pixels.Length; i++)
        {
            state = (state * 1664525) + 1013904223;
            if (i % 640 < 320)
            {
                pixels[i] = (byte)(state >> 24);
            }
        }

        return image;
    }

    /// <summary>Every pixel differs from its neighbours in all channels but alpha.</summary>
    public static RgbaImage Pattern(int width, int height, int seed, byte alpha = 255)
    {
        RgbaImage image = new(width, height);
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = image.GetRow(y);
            for (int x = 0; x < width; x++)
            {
                row[x * 4] = (byte)((x * 7) + (y * 3) + (seed * 31));
                row[(x * 4) + 1] = (byte)((x * 5) + (y * 11) + (seed * 17));
                row[(x * 4) + 2] = (byte)((x * 13) + (y * 2) + (seed * 5));
                row[(x * 4) + 3] = alpha;
            }
        }

        return image;
    }

    /// <summary>An opaque box with a <see cref="Pattern"/> in a transparent picture.</summary>
    public static RgbaImage Framed(int width, int height, int left, int top, int boxWidth, int boxHeight, int seed)
    {
        RgbaImage image = new(width, height);
        RgbaImage box = Pattern(boxWidth, boxHeight, seed);
        for (int y = 0; y < boxHeight; y++)
        {
            box.GetRow(y).CopyTo(image.GetRow(top + y)[(left * 4)..]);
        }

        return image;
    }

    /// <summary>A disc with a soft rim and a colour that changes slowly, on transparent black.</summary>
    public static RgbaImage Disc(int width, int height, double softness = 3)
    {
        RgbaImage image = new(width, height);
        double radius = Math.Min(width, height) * 0.4;
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = image.GetRow(y);
            for (int x = 0; x < width; x++)
            {
                double distance = Math.Sqrt(Math.Pow(x + 0.5 - (width / 2.0), 2) + Math.Pow(y + 0.5 - (height / 2.0), 2));
                double alpha = Math.Clamp(((radius - distance) / softness) + 0.5, 0, 1);
                row[(4 * x) + 3] = (byte)Math.Round(alpha * 255);
                if (row[(4 * x) + 3] > 0)
                {
                    row[4 * x] = (byte)(255 * x / width);
                    row[(4 * x) + 1] = (byte)(128 + (100 * y / height));
                    row[(4 * x) + 2] = 200;
                }
            }
        }

        return image;
    }

    /// <summary>One colour everywhere.</summary>
    public static RgbaImage Plain(int width, int height, byte red, byte green, byte blue, byte alpha)
    {
        RgbaImage image = new(width, height);
        Span<byte> pixels = image.Pixels.Span;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = (red, green, blue, alpha);
        }

        return image;
    }
}
