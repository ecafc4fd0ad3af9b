using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>A part of a picture.</summary>
internal readonly record struct PixelBox(int X, int Y, int Width, int Height)
{
    public static PixelBox Whole(RgbaImage image) => new(0, 0, image.Width, image.Height);

    /// <summary>Finds the smallest part that holds all alpha above a limit; one pixel at the top left if there is none.</summary>
    public static PixelBox Opaque(RgbaImage image, byte limit)
    {
        (int left, int top, int right, int bottom) = (image.Width, image.Height, -1, -1);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.GetRow(y);
            int first = 0;
            while (first < image.Width && row[(first * 4) + 3] <= limit)
            {
                first++;
            }

            if (first == image.Width)
            {
                continue;
            }

            int last = image.Width - 1;
            while (row[(last * 4) + 3] <= limit)
            {
                last--;
            }

            (left, right) = (Math.Min(left, first), Math.Max(right, last));
            (top, bottom) = (Math.Min(top, y), y);
        }

        return bottom < 0 ? new PixelBox(0, 0, 1, 1) : new PixelBox(left, top, right - left + 1, bottom - top + 1);
    }
}
