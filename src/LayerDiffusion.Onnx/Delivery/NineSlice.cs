using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Borders, in pixels, that keep their size while the middle of a panel or button is stretched.</summary>
/// <param name="Left">Columns at the left that are not stretched.</param>
/// <param name="Top">Rows at the top that are not stretched.</param>
/// <param name="Right">Columns at the right that are not stretched.</param>
/// <param name="Bottom">Rows at the bottom that are not stretched.</param>
public readonly record struct NineSlice(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Finds the borders of a panel: what lies outside the longest run of equal columns and of equal rows.</summary>
    /// <param name="image">The panel.</param>
    /// <param name="minimumRun">Shortest run of equal columns (and rows) worth stretching, 2 or more.</param>
    /// <param name="tolerance">Largest difference of samples that still counts as equal, 0 to 255; pixels of alpha 0 are equal whatever their colour.</param>
    /// <returns>The borders, or <see langword="null"/> if no run is long enough in one of the directions.</returns>
    /// <remarks>
    /// Of runs of the same length the one nearest the middle wins, then the first. One column (row) of the run always stays inside the borders. Columns (rows) in which nothing
    /// is visible make no run: a sprite with wide transparent margins is no panel.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="image"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minimumRun"/> or <paramref name="tolerance"/> is out of its range.</exception>
    public static NineSlice? Detect(RgbaImage image, int minimumRun = 4, int tolerance = 0)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumRun, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(tolerance);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tolerance, 255);
        (int left, int columns) = LongestRun(image.Width, minimumRun, at => IsVisibleColumn(image, at), (start, at) => SameColumn(image, start, at, tolerance));
        (int top, int rows) = LongestRun(image.Height, minimumRun, at => IsVisible(image.GetRow(at)), (start, at) => SameRow(image, start, at, tolerance));
        return columns == 0 || rows == 0 ? null : new NineSlice(left, top, image.Width - left - columns, image.Height - top - rows);
    }

    private static (int Start, int Length) LongestRun(int length, int minimumRun, Func<int, bool> visible, Func<int, int, bool> same)
    {
        (int Start, int Length) best = (0, 0);
        for (int start = 0; start < length;)
        {
            int end = start + 1;
            while (end < length && same(start, end))
            {
                end++;
            }

            int run = end - start;
            bool better = run > best.Length || (run == best.Length && FromMiddle(start, run, length) < FromMiddle(best.Start, run, length));
            if (run >= minimumRun && better && visible(start))
            {
                best = (start, run);
            }

            start = end;
        }

        return best;
    }

    private static int FromMiddle(int start, int run, int length) => Math.Abs((2 * start) + run - length);

    private static bool IsVisible(ReadOnlySpan<byte> row)
    {
        for (int i = 3; i < row.Length; i += 4)
        {
            if (row[i] != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsVisibleColumn(RgbaImage image, int x)
    {
        for (int y = 0; y < image.Height; y++)
        {
            if (image.GetRow(y)[(x * 4) + 3] != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool SameColumn(RgbaImage image, int first, int second, int tolerance)
    {
        ReadOnlySpan<byte> pixels = image.Span;
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = pixels.Slice(y * image.Stride, image.Stride);
            if (!SamePixel(row.Slice(first * 4, 4), row.Slice(second * 4, 4), tolerance))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SameRow(RgbaImage image, int first, int second, int tolerance)
    {
        ReadOnlySpan<byte> a = image.GetRow(first);
        ReadOnlySpan<byte> b = image.GetRow(second);
        for (int i = 0; i < a.Length; i += 4)
        {
            if (!SamePixel(a.Slice(i, 4), b.Slice(i, 4), tolerance))
            {
                return false;
            }
        }

        return true;
    }

    private static bool SamePixel(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int tolerance) =>
        (a[3] == 0 && b[3] == 0)
        || (Math.Abs(a[0] - b[0]) <= tolerance && Math.Abs(a[1] - b[1]) <= tolerance && Math.Abs(a[2] - b[2]) <= tolerance && Math.Abs(a[3] - b[3]) <= tolerance);
}
