namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Makes mip levels of transparent pictures.</summary>
public static class MipChain
{
    /// <summary>
    /// Makes the levels below a picture, each side half of the one before, rounded down, at least 1. Every level is the area mean of premultiplied
    /// colour, in floats through the whole chain, and is rounded once.
    /// </summary>
    /// <param name="image">The picture, level 0; not part of the result.</param>
    /// <param name="options">How to make them; null means <see cref="MipOptions.Default"/>.</param>
    /// <returns>Level 1 and on, in the alpha mode of <paramref name="image"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    public static IReadOnlyList<RgbaImage> Create(RgbaImage image, MipOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        options ??= MipOptions.Default;
        Check(options);
        double coverage = options.CoverageCutoff is double cutoff ? Coverage(image.Span, cutoff, scale: 1) : 0;
        List<RgbaImage> levels = [];
        (int width, int height) = (image.Width, image.Height);
        SeparableResampler.RowAction read = (y, row) => PremultipliedRows.Read(image.GetRow(y), image.AlphaMode, options.LinearLight, row);
        while ((width > 1 || height > 1) && levels.Count < options.MaximumLevels)
        {
            (int newWidth, int newHeight) = (Math.Max(1, width / 2), Math.Max(1, height / 2));
            float[] level = GC.AllocateUninitializedArray<float>(newWidth * newHeight * 4);
            RgbaImage stored = new(newWidth, newHeight, image.AlphaMode);
            int rowLength = 4 * newWidth;
            SeparableResampler.Run(read, ResamplingWeights.ForPicture(ResamplingFilter.Area, width, height, newWidth, newHeight), (y, row) =>
            {
                row.CopyTo(level.AsSpan(y * rowLength));
                PremultipliedRows.Write(row, image.AlphaMode, options.LinearLight, stored.GetRow(y));
            });
            levels.Add(Finish(stored, options, coverage));
            (width, height) = (newWidth, newHeight);
            read = (y, row) => level.AsSpan(y * rowLength, rowLength).CopyTo(row);
        }

        return levels;
    }

    private static void Check(MipOptions options)
    {
        if (options.MaximumLevels < 0 || options.BleedDistance < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(options), $"{nameof(MipOptions)}.{nameof(MipOptions.MaximumLevels)} and {nameof(MipOptions.BleedDistance)} must be 0 or more; they are {options.MaximumLevels} and {options.BleedDistance}.");
        }

        if (options.CoverageCutoff is double cutoff && !(cutoff is > 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), cutoff, $"{nameof(MipOptions)}.{nameof(MipOptions.CoverageCutoff)} must be above 0 and below 1.");
        }
    }

    private static RgbaImage Finish(RgbaImage level, MipOptions options, double coverage)
    {
        if (options.CoverageCutoff is double cutoff)
        {
            level = ScaleAlpha(level, FindScale(level.Span, cutoff, coverage));
        }

        return level.AlphaMode == AlphaMode.Straight ? AlphaHygiene.Bleed(level, options.BleedDistance) : level;
    }

    // The part of the pixels that pass the alpha test.
    private static double Coverage(ReadOnlySpan<byte> pixels, double cutoff, double scale)
    {
        int passed = 0;
        for (int i = 3; i < pixels.Length; i += 4)
        {
            passed += pixels[i] * scale >= cutoff * 255 ? 1 : 0;
        }

        return passed / (pixels.Length / 4.0);
    }

    // The scale whose coverage is nearest; only scales at which some alpha value just passes make a difference.
    private static double FindScale(ReadOnlySpan<byte> pixels, double cutoff, double coverage)
    {
        Span<int> counts = stackalloc int[256];
        for (int i = 3; i < pixels.Length; i += 4)
        {
            counts[pixels[i]]++;
        }

        double bestScale = 1;
        double bestError = Math.Abs(Coverage(pixels, cutoff, 1) - coverage);
        double total = pixels.Length / 4.0;
        int passed = 0;
        for (int alpha = 255; alpha >= 1; alpha--)
        {
            passed += counts[alpha];
            double error = Math.Abs((passed / total) - coverage);
            if (counts[alpha] > 0 && error < bestError)
            {
                // The stored alpha must pass the test after rounding too.
                bestScale = Math.Ceiling(cutoff * 255) / alpha;
                bestError = error;
            }
        }

        return bestScale;
    }

    private static RgbaImage ScaleAlpha(RgbaImage image, double scale)
    {
        RgbaImage result = image.ToStraight();
        Span<byte> pixels = result.Span;
        for (int i = 3; i < pixels.Length; i += 4)
        {
            // Rounding up could carry more than the wanted pixels over the test.
            pixels[i] = (byte)Math.Min(255, (pixels[i] * scale) + 1e-9);
        }

        return image.AlphaMode == AlphaMode.Premultiplied ? result.ToPremultiplied() : result;
    }
}
