using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Measures of how alike two pictures are.</summary>
public static class ImageMetrics
{
    // Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004.
    private const double StructuralSigma = 1.5;
    private const int StructuralRadius = 5;
    private const double StructuralC1 = 0.01 * 0.01;
    private const double StructuralC2 = 0.03 * 0.03;

    /// <summary>Computes the peak signal-to-noise ratio of the stored colours, −10 · log₁₀ of the mean squared difference on a scale of 0 to 1; alpha is ignored.</summary>
    /// <param name="image">One picture.</param>
    /// <param name="reference">The other one, of the same size.</param>
    /// <returns>Decibels; infinite for equal colours.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static double PeakSignalToNoiseRatio(RgbaImage image, RgbaImage reference)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(reference);
        CheckSameSize(image, reference);
        long sum = 0;
        ReadOnlySpan<byte> pixels = image.Span;
        ReadOnlySpan<byte> wanted = reference.Span;
        for (int i = 0; i < pixels.Length; i++)
        {
            int difference = (i & 3) == 3 ? 0 : pixels[i] - wanted[i];
            sum += difference * difference;
        }

        return Decibels(sum / (255.0 * 255 * 3 * (pixels.Length / 4)));
    }

    /// <summary>
    /// Computes the structural similarity of the stored colours, the mean of red, green and blue: 11 × 11 Gaussian windows with σ = 1.5, K₁ = 0.01,
    /// K₂ = 0.03, without the 5 pixels at the border; alpha is ignored.
    /// </summary>
    /// <param name="image">One picture, at least 11 × 11.</param>
    /// <param name="reference">The other one, of the same size.</param>
    /// <returns>At most 1, which means equal.</returns>
    /// <exception cref="ArgumentException">The sizes differ or a side is below 11.</exception>
    public static double StructuralSimilarity(RgbaImage image, RgbaImage reference)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(reference);
        CheckSameSize(image, reference);
        double sum = 0;
        for (int channel = 0; channel < 3; channel++)
        {
            sum += StructuralSimilarity(image, reference, channel);
        }

        return sum / 3;
    }

    /// <summary>
    /// Computes the least peak signal-to-noise ratio of two transparent pictures that are laid over eight backgrounds: black, white, middle grey, red,
    /// green, blue, a black and white checkerboard of 8 pixels and a gradient. It sees every visible difference of colour or alpha and none of colour under alpha 0.
    /// </summary>
    /// <param name="image">One picture, straight or premultiplied.</param>
    /// <param name="reference">The other one, of the same size.</param>
    /// <returns>Decibels; infinite if the pictures look the same everywhere.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static double WorstCompositePeakSignalToNoiseRatio(RgbaImage image, RgbaImage reference)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(reference);
        CheckSameSize(image, reference);
        ReadOnlySpan<(double Red, double Green, double Blue)> solids = [(0, 0, 0), (1, 1, 1), (0.5, 0.5, 0.5), (1, 0, 0), (0, 1, 0), (0, 0, 1)];
        Span<double> sums = stackalloc double[solids.Length + 2];
        Span<double> color = stackalloc double[3];
        Span<double> wanted = stackalloc double[3];
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.GetRow(y);
            ReadOnlySpan<byte> wantedRow = reference.GetRow(y);
            for (int x = 0; x < image.Width; x++)
            {
                double alpha = ReadPremultiplied(row.Slice(4 * x, 4), image.AlphaMode, color);
                double wantedAlpha = ReadPremultiplied(wantedRow.Slice(4 * x, 4), reference.AlphaMode, wanted);
                for (int k = 0; k < sums.Length; k++)
                {
                    double checker = (((x / 8) + (y / 8)) & 1) == 0 ? 0 : 1;
                    (double red, double green, double blue) = k < solids.Length ? solids[k]
                        : k == solids.Length ? (checker, checker, checker)
                        : ((x + 0.5) / image.Width, (y + 0.5) / image.Height, 1 - ((x + 0.5) / image.Width));
                    double red1 = color[0] - wanted[0] + ((wantedAlpha - alpha) * red);
                    double green1 = color[1] - wanted[1] + ((wantedAlpha - alpha) * green);
                    double blue1 = color[2] - wanted[2] + ((wantedAlpha - alpha) * blue);
                    sums[k] += (red1 * red1) + (green1 * green1) + (blue1 * blue1);
                }
            }
        }

        double worst = 0;
        foreach (double sum in sums)
        {
            worst = Math.Max(worst, sum);
        }

        return Decibels(worst / (3.0 * image.Width * image.Height));
    }

    /// <summary>Computes the structural similarity of one channel.</summary>
    internal static double StructuralSimilarity(RgbaImage image, RgbaImage reference, int channel)
    {
        (int width, int height) = (image.Width, image.Height);
        if (width <= 2 * StructuralRadius || height <= 2 * StructuralRadius)
        {
            throw new ArgumentException($"The pictures are {width}×{height}; structural similarity needs at least {(2 * StructuralRadius) + 1} pixels each way.", nameof(image));
        }

        double[] a = new double[width * height];
        double[] b = new double[a.Length];
        double[] squareA = new double[a.Length];
        double[] squareB = new double[a.Length];
        double[] product = new double[a.Length];
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = image.Span[(4 * i) + channel] / 255.0;
            b[i] = reference.Span[(4 * i) + channel] / 255.0;
            squareA[i] = a[i] * a[i];
            squareB[i] = b[i] * b[i];
            product[i] = a[i] * b[i];
        }

        a = Smooth(a, width);
        b = Smooth(b, width);
        squareA = Smooth(squareA, width);
        squareB = Smooth(squareB, width);
        product = Smooth(product, width);
        double sum = 0;
        for (int y = StructuralRadius; y < height - StructuralRadius; y++)
        {
            for (int x = StructuralRadius; x < width - StructuralRadius; x++)
            {
                int i = (y * width) + x;
                (double meanA, double meanB) = (a[i], b[i]);
                double variances = squareA[i] - (meanA * meanA) + squareB[i] - (meanB * meanB);
                double covariance = product[i] - (meanA * meanB);
                sum += ((2 * meanA * meanB) + StructuralC1) * ((2 * covariance) + StructuralC2)
                    / (((meanA * meanA) + (meanB * meanB) + StructuralC1) * (variances + StructuralC2));
            }
        }

        return sum / ((double)(width - (2 * StructuralRadius)) * (height - (2 * StructuralRadius)));
    }

    /// <summary>Throws if two pictures have different sizes.</summary>
    internal static void CheckSameSize(RgbaImage image, RgbaImage reference)
    {
        if (image.Width != reference.Width || image.Height != reference.Height)
        {
            throw new ArgumentException($"The pictures are {image.Width}×{image.Height} and {reference.Width}×{reference.Height}; they must have the same size.", nameof(reference));
        }
    }

    private static double Decibels(double meanSquare) => meanSquare == 0 ? double.PositiveInfinity : -10 * Math.Log10(meanSquare);

    private static double ReadPremultiplied(ReadOnlySpan<byte> pixel, AlphaMode mode, Span<double> color)
    {
        double alpha = pixel[3] / 255.0;
        double factor = mode == AlphaMode.Premultiplied ? 1 / 255.0 : alpha / 255;
        for (int channel = 0; channel < 3; channel++)
        {
            color[channel] = pixel[channel] * factor;
        }

        return alpha;
    }

    private static double[] Smooth(double[] plane, int width)
    {
        Span<double> kernel = stackalloc double[(2 * StructuralRadius) + 1];
        double sum = 0;
        for (int i = 0; i < kernel.Length; i++)
        {
            double x = i - StructuralRadius;
            kernel[i] = Math.Exp(-x * x / (2 * StructuralSigma * StructuralSigma));
            sum += kernel[i];
        }

        TensorPrimitives.Divide(kernel, sum, kernel);
        return PlaneFilter.Convolve(PlaneFilter.Convolve(plane, width, kernel, alongRows: true), width, kernel, alongRows: false);
    }
}
