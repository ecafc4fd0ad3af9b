using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// Fills the invisible part of a picture with smooth colour that continues what is visible: an area pyramid with factor 1.2, from the
/// smallest level up each level's premultiplied colour laid over the enlarged one below
/// (the <c>pad_rgb</c> of the LayerDiffuse reference implementation).
/// </summary>
public static class RgbPadding
{
    private const double Factor = 1.2;

    // Pixels of the largest level that is held as a whole; all levels of 16 bytes a pixel take 3.3 times as much.
    private const int LargestHeldLevel = 1 << 21;

    /// <summary>
    /// Makes the picture to deliver as a sprite: straight alpha, alpha unchanged, colour unchanged wherever alpha is above 0, and the pyramid's
    /// colour where alpha is 0. It composites to exactly the same result as <paramref name="image"/>, but filtering, mip levels and block
    /// compression that mix in neighbours under alpha 0 find fitting colour there instead of black.
    /// </summary>
    /// <param name="image">The picture; a premultiplied one is divided by its alpha first.</param>
    /// <returns>A new straight image. Where nothing at all is visible, its colour is black.</returns>
    public static RgbaImage Pad(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbaImage result = image.ToStraight();
        if (HasInvisiblePixels(result))
        {
            Build(result, LargestHeldLevel, (y, fill) => PadRow(result.GetRow(y), fill));
        }

        return result;
    }

    /// <summary>
    /// Makes the colour that the encoders are fed: visible colour · alpha + the pyramid's colour · (1 − alpha) at every pixel.
    /// </summary>
    /// <param name="image">The picture, straight or premultiplied.</param>
    /// <returns><c>[height, width, 3]</c> red, green, blue from 0 to 1, row after row.</returns>
    /// <exception cref="ArgumentException">The picture has more pixels than three floats each fit an array.</exception>
    public static float[] PadToRgb(RgbaImage image) => PadToRgb(image, LargestHeldLevel);

    /// <summary>As <see cref="PadToRgb(RgbaImage)"/>, holding levels of up to the given number of pixels as a whole; the result does not depend on it.</summary>
    internal static float[] PadToRgb(RgbaImage image, int largestHeldLevel)
    {
        ArgumentNullException.ThrowIfNull(image);
        if ((long)image.Width * image.Height * 3 > Array.MaxLength)
        {
            throw new ArgumentException($"{image.Width}×{image.Height} pixels are more than one array of floats can hold.", nameof(image));
        }

        float[] result = GC.AllocateUninitializedArray<float>(image.Width * image.Height * 3);
        float[] row = new float[image.Width * 4];
        Build(image, largestHeldLevel, (y, fill) =>
        {
            PremultipliedRows.Read(image.GetRow(y), image.AlphaMode, linearLight: false, row);
            LayOver(row, fill);
            Span<float> target = result.AsSpan(y * image.Width * 3, image.Width * 3);
            for (int i = 0, j = 0; j < target.Length; i += 4, j += 3)
            {
                row.AsSpan(i, 3).CopyTo(target[j..]);
            }
        });
        return result;
    }

    private delegate void RowWriter(int y, ReadOnlySpan<float> row);

    /// <summary>Gets the sizes of the pyramid, the picture's own first.</summary>
    internal static List<(int Width, int Height)> Levels(int width, int height)
    {
        List<(int Width, int Height)> levels = [(width, height)];
        while (Math.Min(width, height) > 1)
        {
            (width, height) = ((int)(width / Factor), (int)(height / Factor));
            levels.Add((width, height));
        }

        return levels;
    }

    // Gives each row of the enlarged colour that lies under the picture to the caller. The large levels are never held as a whole: they are
    // computed once on the way down, and again row by row on the way up.
    private static void Build(RgbaImage image, int largestHeldLevel, RowWriter write)
    {
        List<(int Width, int Height)> sizes = Levels(image.Width, image.Height);
        float[] scratch = new float[image.Width * 4];
        SeparableResampler.RowReader picture = y =>
        {
            PremultipliedRows.Read(image.GetRow(y), image.AlphaMode, linearLight: false, scratch);
            return scratch;
        };
        int held = sizes.FindIndex(1, size => (long)size.Width * size.Height <= largestHeldLevel);
        held = held < 0 ? sizes.Count - 1 : held;
        SeparableResampler.RowReader fill;
        if (held == 0)
        {
            float[] mean = Mean(picture, sizes[0]);
            fill = Enlarge(y => mean, (1, 1), sizes[0]);
        }
        else
        {
            float[] level = FillHeldLevels(Shrink(picture, sizes, held), sizes, held);
            fill = FillStreamedLevels(picture, level, sizes, held);
        }

        for (int y = 0; y < image.Height; y++)
        {
            write(y, fill(y));
        }
    }

    // The rows of a level, by way of all those before it.
    private static SeparableResampler.RowReader Shrink(SeparableResampler.RowReader picture, List<(int Width, int Height)> sizes, int level)
    {
        SeparableResampler.RowReader rows = picture;
        for (int k = 1; k <= level; k++)
        {
            rows = Resample(rows, sizes[k - 1], sizes[k], ResamplingFilter.Area);
        }

        return rows;
    }

    private static float[] FillHeldLevels(SeparableResampler.RowReader rows, List<(int Width, int Height)> sizes, int held)
    {
        float[][] levels = new float[sizes.Count][];
        for (int k = held; k < sizes.Count; k++)
        {
            levels[k] = Hold(rows, sizes[k]);
            if (k + 1 < sizes.Count)
            {
                rows = Resample(ReaderOf(levels[k], sizes[k]), sizes[k], sizes[k + 1], ResamplingFilter.Area);
            }
        }

        float[] mean = Mean(ReaderOf(levels[^1], sizes[^1]), sizes[^1]);
        SeparableResampler.RowReader fill = Enlarge(y => mean, (1, 1), sizes[^1]);
        for (int k = sizes.Count - 1; k >= held; k--)
        {
            int length = sizes[k].Width * 4;
            for (int y = 0; y < sizes[k].Height; y++)
            {
                LayOver(levels[k].AsSpan(y * length, length), fill(y));
            }

            fill = Enlarge(ReaderOf(levels[k], sizes[k]), sizes[k], sizes[k - 1]);
        }

        return levels[held];
    }

    // A row of filled colour needs rows of the level below, which need rows of the same level a little further down: each level keeps those
    // that its own filling has not reached yet. The shrinking is always ahead, because the enlarging looks half a pixel beyond.
    private static SeparableResampler.RowReader FillStreamedLevels(SeparableResampler.RowReader picture, float[] level, List<(int Width, int Height)> sizes, int held)
    {
        TwoReaderRows[] streamed = new TwoReaderRows[held];
        SeparableResampler.RowReader rows = picture;
        for (int k = 1; k < held; k++)
        {
            streamed[k] = new TwoReaderRows(Resample(rows, sizes[k - 1], sizes[k], ResamplingFilter.Area));
            rows = streamed[k].Ahead;
        }

        SeparableResampler.RowReader fill = Enlarge(ReaderOf(level, sizes[held]), sizes[held], sizes[held - 1]);
        for (int k = held - 1; k >= 1; k--)
        {
            TwoReaderRows own = streamed[k];
            SeparableResampler.RowReader below = fill;
            bool last = k == held - 1;
            SeparableResampler.RowReader filled = y =>
            {
                ReadOnlySpan<float> under = below(y);
                if (last)
                {
                    own.Ahead(y);
                }

                Span<float> row = own.Behind();
                LayOver(row, under);
                return row;
            };
            fill = Enlarge(filled, sizes[k], sizes[k - 1]);
        }

        return fill;
    }

    private static float[] Hold(SeparableResampler.RowReader rows, (int Width, int Height) size)
    {
        float[] level = GC.AllocateUninitializedArray<float>(size.Width * size.Height * 4);
        for (int y = 0; y < size.Height; y++)
        {
            rows(y).CopyTo(level.AsSpan(y * size.Width * 4));
        }

        return level;
    }

    private static SeparableResampler.RowReader ReaderOf(float[] level, (int Width, int Height) size)
        => y => level.AsSpan(y * size.Width * 4, size.Width * 4);

    private static SeparableResampler.RowReader Enlarge(SeparableResampler.RowReader rows, (int Width, int Height) from, (int Width, int Height) to)
        => Resample(rows, from, to, ResamplingFilter.Linear);

    private static SeparableResampler.RowReader Resample(SeparableResampler.RowReader rows, (int Width, int Height) from, (int Width, int Height) to, ResamplingFilter filter)
    {
        SeparableResampler resampler = new(rows, ResamplingWeights.ForPicture(filter, from.Width, from.Height, to.Width, to.Height));
        return y => resampler.Row(y);
    }

    private static float[] Mean(SeparableResampler.RowReader read, (int Width, int Height) size)
    {
        Span<double> sums = stackalloc double[4];
        for (int y = 0; y < size.Height; y++)
        {
            ReadOnlySpan<float> row = read(y);
            for (int i = 0; i < row.Length; i++)
            {
                sums[i & 3] += row[i];
            }
        }

        double alpha = Math.Max(sums[3], 1e-8);
        return [(float)(sums[0] / alpha), (float)(sums[1] / alpha), (float)(sums[2] / alpha), 0];
    }

    // colour + fill · (1 − alpha), in place; the fourth value loses its meaning.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayOver(Span<float> row, ReadOnlySpan<float> fill)
    {
        Span<Vector128<float>> pixels = MemoryMarshal.Cast<float, Vector128<float>>(row);
        ReadOnlySpan<Vector128<float>> fills = MemoryMarshal.Cast<float, Vector128<float>>(fill)[..pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            Vector128<float> alpha = Vector128.Shuffle(pixels[i], Vector128.Create(3, 3, 3, 3));
            pixels[i] += fills[i] * (Vector128<float>.One - alpha);
        }
    }

    // Truncates like the reference implementation's way to bytes; alpha is the highest byte of a pixel and is 0 there.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PadRow(Span<byte> row, ReadOnlySpan<float> fill)
    {
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(row);
        ReadOnlySpan<Vector128<float>> fills = MemoryMarshal.Cast<float, Vector128<float>>(fill)[..pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] >> 24 == 0)
            {
                Vector128<float> scaled = Vector128.Min(Vector128.Max(fills[i] * 255f, Vector128<float>.Zero), Vector128.Create(255f));
                Vector128<uint> truncated = Vector128.ConvertToInt32(scaled).AsUInt32();
                Vector128<ushort> narrow = Vector128.Narrow(truncated, truncated);
                pixels[i] = Vector128.Narrow(narrow, narrow).AsUInt32()[0] & 0x00FFFFFF;
            }
        }
    }

    private static bool HasInvisiblePixels(RgbaImage image)
    {
        foreach (uint pixel in MemoryMarshal.Cast<byte, uint>(image.Span))
        {
            if (pixel >> 24 == 0)
            {
                return true;
            }
        }

        return false;
    }
}
