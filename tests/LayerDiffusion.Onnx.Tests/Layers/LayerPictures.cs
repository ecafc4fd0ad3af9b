using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Layers;

/// <summary>Pictures made for the tests of layers.</summary>
internal static class LayerPictures
{
    /// <summary>Independent samples, with alpha 0, 1, 254 and 255 in four of six pixels.</summary>
    public static RgbaImage Noise(int width, int height, int seed)
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
    public static RgbaImage Opaque(int width, int height, int seed)
    {
        RgbaImage image = Noise(width, height, seed);
        Span<byte> pixels = image.Pixels.Span;
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = 255;
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
