using System.Buffers;
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
            Build(result, (y, fill) => PadRow(result.GetRow(y), fill));
        }

        return result;
    }

    /// <summary>
    /// Makes the colour that the encoders are fed: visible colour · alpha + the pyramid's colour · (1 − alpha) at every pixel.
    /// </summary>
    /// <param name="image">The picture, straight or premultiplied.</param>
    /// <returns><c>[height, width, 3]</c> red, green, blue from 0 to 1, row after row.</returns>
    /// <exception cref="ArgumentException">The picture has more pixels than three floats each fit an array.</exception>
    public static float[] PadToRgb(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if ((long)image.Width * image.Height * 3 > Array.MaxLength)
        {
            throw new ArgumentException($"{image.Width}×{image.Height} pixels are more than one array of floats can hold.", nameof(image));
        }

        float[] result = GC.AllocateUninitializedArray<float>(image.Width * image.Height * 3);
        Build(image, (y, fill) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(fill.Length);
            Span<float> row = rented.AsSpan(0, fill.Length);
            PremultipliedRows.Read(image.GetRow(y), image.AlphaMode, linearLight: false, row);
            LayOver(row, fill);
            Span<float> target = result.AsSpan(y * image.Width * 3, image.Width * 3);
            for (int i = 0, j = 0; j < target.Length; i += 4, j += 3)
            {
                row.Slice(i, 3).CopyTo(target[j..]);
            }

            ArrayPool<float>.Shared.Return(rented);
        });
        return result;
    }

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

    // Gives each row of the enlarged colour that lies under the picture to the caller.
    private static void Build(RgbaImage image, SeparableResampler.RowAction write)
    {
        List<(int Width, int Height)> sizes = Levels(image.Width, image.Height);

        // Levels 1 and above; level 0 is the picture itself and is read twice instead of kept as floats.
        float[][] levels = new float[sizes.Count][];
        for (int k = 1; k < sizes.Count; k++)
        {
            (int width, int height) = sizes[k];
            float[] level = GC.AllocateUninitializedArray<float>(width * height * 4);
            levels[k] = level;
            SeparableResampler.Run(ReaderOf(k - 1), Weights(ResamplingFilter.Area, sizes[k - 1], sizes[k]), (y, row) => row.CopyTo(level.AsSpan(y * row.Length)));
        }

        float[] fill = new float[4];
        Mean(ReaderOf(sizes.Count - 1), sizes[^1]).CopyTo(fill);
        (int Width, int Height) fillSize = (1, 1);
        for (int k = sizes.Count - 1; k >= 1; k--)
        {
            float[] level = levels[k];
            Enlarge(fill, fillSize, sizes[k], (y, row) => LayOver(level.AsSpan(y * row.Length, row.Length), row));
            (fill, fillSize) = (level, sizes[k]);
        }

        Enlarge(fill, fillSize, sizes[0], write);

        SeparableResampler.RowAction ReaderOf(int k) => k == 0
            ? (y, row) => PremultipliedRows.Read(image.GetRow(y), image.AlphaMode, linearLight: false, row)
            : ReaderOfFloats(levels[k]);
    }

    private static SeparableResampler.RowAction ReaderOfFloats(float[] pixels)
        => (y, row) => pixels.AsSpan(y * row.Length, row.Length).CopyTo(row);

    private static void Enlarge(float[] source, (int Width, int Height) from, (int Width, int Height) to, SeparableResampler.RowAction write)
        => SeparableResampler.Run(ReaderOfFloats(source), Weights(ResamplingFilter.Linear, from, to), write);

    private static (ResamplingWeights Horizontal, ResamplingWeights Vertical) Weights(ResamplingFilter filter, (int Width, int Height) from, (int Width, int Height) to)
        => ResamplingWeights.ForPicture(filter, from.Width, from.Height, to.Width, to.Height);

    private static float[] Mean(SeparableResampler.RowAction read, (int Width, int Height) size)
    {
        Span<double> sums = stackalloc double[4];
        float[] row = new float[size.Width * 4];
        for (int y = 0; y < size.Height; y++)
        {
            read(y, row);
            for (int i = 0; i < row.Length; i++)
            {
                sums[i & 3] += row[i];
            }
        }

        double alpha = Math.Max(sums[3], 1e-8);
        return [(float)(sums[0] / alpha), (float)(sums[1] / alpha), (float)(sums[2] / alpha), 0];
    }

    // colour + fill · (1 − alpha), in place; the fourth value loses its meaning.
    // Loops over whole pictures are compiled with all optimizations at once: in a first call, slow code would run for longer than that takes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LayOver(Span<float> row, ReadOnlySpan<float> fill)
    {
        Span<Vector128<float>> pixels = MemoryMarshal.Cast<float, Vector128<float>>(row);
        ReadOnlySpan<Vector128<float>> fills = MemoryMarshal.Cast<float, Vector128<float>>(fill)[..pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            Vector128<float> pixel = pixels[i];
            Vector128<float> alpha = Vector128.Shuffle(pixel, Vector128.Create(3, 3, 3, 3));
            pixels[i] = pixel + (fills[i] * (Vector128<float>.One - alpha));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PadRow(Span<byte> row, ReadOnlySpan<float> fill)
    {
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(row);
        ReadOnlySpan<Vector128<float>> fills = MemoryMarshal.Cast<float, Vector128<float>>(fill)[..pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] >> 24 == 0)
            {
                Vector128<int> color = Vector128.ConvertToInt32(Vector128.Clamp(fills[i] * 255f, Vector128<float>.Zero, Vector128.Create(255f)));
                pixels[i] = (uint)(color[0] | (color[1] << 8) | (color[2] << 16));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
