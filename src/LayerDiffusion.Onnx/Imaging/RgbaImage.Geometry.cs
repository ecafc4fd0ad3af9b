namespace LayerDiffusion.Onnx.Imaging;

/// <content>Cutting and enlarging without resampling.</content>
public sealed partial class RgbaImage
{
    /// <summary>Cuts out a rectangle.</summary>
    /// <param name="x">Its left column.</param>
    /// <param name="y">Its top row.</param>
    /// <param name="width">Its width, 1 or more.</param>
    /// <param name="height">Its height, 1 or more.</param>
    /// <returns>A new image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle is empty or not wholly inside the image.</exception>
    public RgbaImage Crop(int x, int y, int width, int height)
    {
        CheckRange(x, width, this.Width, nameof(x), nameof(width));
        CheckRange(y, height, this.Height, nameof(y), nameof(height));
        RgbaImage result = new(width, height, this.AlphaMode);
        for (int row = 0; row < height; row++)
        {
            this.GetRow(y + row).Slice(4 * x, 4 * width).CopyTo(result.GetRow(row));
        }

        return result;
    }

    /// <summary>Adds transparent columns and rows.</summary>
    /// <param name="left">Columns at the left, 0 or more.</param>
    /// <param name="top">Rows at the top, 0 or more.</param>
    /// <param name="right">Columns at the right, 0 or more.</param>
    /// <param name="bottom">Rows at the bottom, 0 or more.</param>
    /// <returns>A new image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or the result is too large.</exception>
    public RgbaImage Extend(int left, int top, int right, int bottom)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfNegative(bottom);
        long width = (long)this.Width + left + right;
        long height = (long)this.Height + top + bottom;
        RgbaImage result = new((int)Math.Min(int.MaxValue, width), (int)Math.Min(int.MaxValue, height), this.AlphaMode);
        for (int y = 0; y < this.Height; y++)
        {
            this.GetRow(y).CopyTo(result.GetRow(top + y)[(4 * left)..]);
        }

        return result;
    }

    /// <summary>Cuts off the invisible border and remembers where the rest was.</summary>
    /// <param name="alphaThreshold">The least alpha that counts as visible, 1 or more.</param>
    /// <param name="margin">Pixels of the border to keep around what is visible, as far as there are any.</param>
    /// <param name="pivotX">The point that the sprite is placed and turned by, as a fraction of the width from the left.</param>
    /// <param name="pivotY">The same as a fraction of the height from the top.</param>
    /// <returns>The rest with its place; one invisible pixel if nothing is visible.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alphaThreshold"/> is 0, <paramref name="margin"/> is negative or the pivot is not finite.</exception>
    public TrimmedImage Trim(byte alphaThreshold = 1, int margin = 0, double pivotX = 0.5, double pivotY = 0.5)
    {
        ArgumentOutOfRangeException.ThrowIfZero(alphaThreshold);
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        CheckFinite(pivotX, nameof(pivotX));
        CheckFinite(pivotY, nameof(pivotY));
        (int left, int right, int top, int bottom) = (int.MaxValue, -1, -1, -1);
        for (int y = 0; y < this.Height; y++)
        {
            ReadOnlySpan<byte> row = this.GetRow(y);
            int first = FirstVisible(row, alphaThreshold);
            if (first < 0)
            {
                continue;
            }

            top = top < 0 ? y : top;
            bottom = y;
            left = Math.Min(left, first);
            int last = this.Width - 1;
            while (row[(4 * last) + 3] < alphaThreshold)
            {
                last--;
            }

            right = Math.Max(right, last);
        }

        if (top < 0)
        {
            (left, right, top, bottom, margin) = (0, 0, 0, 0, 0);
        }

        left = Math.Max(0, left - margin);
        top = Math.Max(0, top - margin);
        right = (int)Math.Min(this.Width - 1, (long)right + margin);
        bottom = (int)Math.Min(this.Height - 1, (long)bottom + margin);
        RgbaImage image = this.Crop(left, top, right - left + 1, bottom - top + 1);
        return new TrimmedImage(image, left, top, this.Width, this.Height, pivotX, pivotY);
    }

    private static int FirstVisible(ReadOnlySpan<byte> row, byte alphaThreshold)
    {
        for (int i = 3; i < row.Length; i += 4)
        {
            if (row[i] >= alphaThreshold)
            {
                return i / 4;
            }
        }

        return -1;
    }

    private static void CheckRange(int start, int length, int limit, string startName, string lengthName)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start, startName);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, lengthName);
        if ((long)start + length > limit)
        {
            throw new ArgumentOutOfRangeException(lengthName, length, $"From {start} on, {length} pixels end beyond the {limit} of the image.");
        }
    }

    private static void CheckFinite(double value, string name)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "The pivot must be finite.");
        }
    }
}
