using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Benchmarks.Imaging;

/// <summary>A picture to measure with.</summary>
internal static class SoftDiscs
{
    /// <summary>Soft discs in a grid, half of the area covered, with colours that change slowly: something like cut-out sprites. Black where alpha is 0.</summary>
    public static RgbaImage Draw(int side, int cell = 512)
    {
        RgbaImage image = new(side, side);
        double radius = cell * 0.4;
        for (int y = 0; y < side; y++)
        {
            Span<byte> row = image.GetRow(y);
            for (int x = 0; x < side; x++)
            {
                double distance = Math.Sqrt(Math.Pow((x % cell) + 0.5 - (cell / 2.0), 2) + Math.Pow((y % cell) + 0.5 - (cell / 2.0), 2));
                byte alpha = (byte)Math.Round(255 * Math.Clamp(((radius - distance) / 8) + 0.5, 0, 1));
                if (alpha > 0)
                {
                    row[4 * x] = (byte)(x * 255 / side);
                    row[(4 * x) + 1] = (byte)(y * 255 / side);
                    row[(4 * x) + 2] = (byte)(128 + (100 * Math.Sin((x * 0.11) + (y * 0.07))));
                    row[(4 * x) + 3] = alpha;
                }
            }
        }

        return image;
    }
}
