using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>Small pictures with known pixels.</summary>
internal static class Pictures
{
    /// <summary>Every pixel differs from its neighbours in all channels; alpha is <paramref name="alpha"/>.</summary>
    public static RgbaImage Opaque(int width, int height, int seed, byte alpha = 255)
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

    /// <summary>Noise in all channels, alpha included, with a run of equal pixels so that every compressor has something to do.</summary>
    public static RgbaImage Noise(int width, int height, int seed)
    {
        RgbaImage image = Opaque(width, height, seed);
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

    /// <summary>An opaque box in a transparent picture.</summary>
    public static RgbaImage Framed(int width, int height, int left, int top, int boxWidth, int boxHeight, int seed)
    {
        RgbaImage image = new(width, height);
        RgbaImage box = Opaque(boxWidth, boxHeight, seed);
        for (int y = 0; y < boxHeight; y++)
        {
            box.GetRow(y).CopyTo(image.GetRow(top + y)[(left * 4)..]);
        }

        return image;
    }
}
