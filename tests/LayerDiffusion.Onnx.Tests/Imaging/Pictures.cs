using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Pictures made for tests.</summary>
internal static class Pictures
{
    /// <summary>Independent samples; every fifth pixel fully transparent, every seventh opaque.</summary>
    public static RgbaImage Noise(int width, int height, int seed, AlphaMode alphaMode = AlphaMode.Straight)
    {
        Random random = new(seed);
        RgbaImage image = new(width, height, alphaMode);
        Span<byte> pixels = image.Pixels.Span;
        random.NextBytes(pixels);
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

    /// <summary>Resizes floats <c>[height, width, channels]</c>, up to four channels, which do not influence each other.</summary>
    public static float[] Resize(float[] values, int width, int height, int channels, int newWidth, int newHeight, ResamplingFilter filter)
    {
        RgbaFloatImage image = new(width, height, AlphaMode.Premultiplied);
        for (int i = 0; i < values.Length; i++)
        {
            image.Pixels.Span[(i / channels * 4) + (i % channels)] = values[i];
        }

        ReadOnlySpan<float> resized = image.Resize(newWidth, newHeight, filter).Pixels.Span;
        float[] result = new float[newWidth * newHeight * channels];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = resized[(i / channels * 4) + (i % channels)];
        }

        return result;
    }
}
