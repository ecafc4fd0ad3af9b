using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// The measures of the matting literature between an alpha channel and the true one
/// (C. Rhemann et al., "A perceptually motivated online benchmark for image matting", 2009). Alpha is from 0 to 1, row after row.
/// </summary>
/// <remarks>
/// A region says for each pixel whether it counts, for example only where a trimap says unknown; an empty one means all. Gradients and connected
/// parts are always found in the whole picture.
/// </remarks>
public static class AlphaMetrics
{
    private const double ConnectivityThreshold = 0.15;
    private const int ConnectivityLevels = 10;

    // Derivative-of-Gaussian filters with σ = 1.4, cut off where the Gaussian falls below 1 %.
    private const double GradientSigma = 1.4;

    /// <summary>Computes all measures between the alpha channels of two pictures.</summary>
    /// <param name="prediction">The picture to judge.</param>
    /// <param name="truth">The true one, of the same size.</param>
    /// <param name="region">Which pixels count, <c>[height, width]</c>; empty means all.</param>
    /// <returns>The measures.</returns>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static AlphaErrors Measure(RgbaImage prediction, RgbaImage truth, ReadOnlySpan<bool> region = default)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(truth);
        ImageMetrics.CheckSameSize(prediction, truth);
        double[] predicted = AlphaOf(prediction);
        double[] wanted = AlphaOf(truth);
        return new AlphaErrors(
            SumOfAbsoluteDifferences(predicted, wanted, region),
            MeanSquaredError(predicted, wanted, region),
            GradientError(predicted, wanted, prediction.Width, region),
            ConnectivityError(predicted, wanted, prediction.Width, region),
            SoftIntersectionOverUnion(predicted, wanted, region));
    }

    /// <summary>Computes SAD: Σ |prediction − truth| ∕ 1000.</summary>
    /// <param name="prediction">Alpha to judge.</param>
    /// <param name="truth">True alpha, as long.</param>
    /// <param name="region">Which pixels count; empty means all.</param>
    /// <returns>0 or more.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double SumOfAbsoluteDifferences(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, ReadOnlySpan<bool> region = default)
    {
        Check(prediction, truth, region);
        double sum = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            sum += region.IsEmpty || region[i] ? Math.Abs(prediction[i] - truth[i]) : 0;
        }

        return sum / 1000;
    }

    /// <summary>Computes MSE: the mean of (prediction − truth)².</summary>
    /// <param name="prediction">Alpha to judge.</param>
    /// <param name="truth">True alpha, as long.</param>
    /// <param name="region">Which pixels count; empty means all.</param>
    /// <returns>0 or more; 0 if no pixel counts.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double MeanSquaredError(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, ReadOnlySpan<bool> region = default)
    {
        Check(prediction, truth, region);
        double sum = 0;
        int count = 0;
        for (int i = 0; i < truth.Length; i++)
        {
            if (region.IsEmpty || region[i])
            {
                sum += (prediction[i] - truth[i]) * (prediction[i] - truth[i]);
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }

    /// <summary>Computes Gradient: Σ (|∇prediction| − |∇truth|)² ∕ 1000 with derivative-of-Gaussian filters, σ = 1.4, borders repeated.</summary>
    /// <param name="prediction">Alpha to judge.</param>
    /// <param name="truth">True alpha, as long.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="region">Which pixels count; empty means all.</param>
    /// <returns>0 or more.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of the width.</exception>
    public static double GradientError(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, int width, ReadOnlySpan<bool> region = default)
    {
        Check(prediction, truth, region);
        CheckWidth(truth.Length, width);
        double[] predicted = GradientMagnitude(prediction, width);
        double[] wanted = GradientMagnitude(truth, width);
        double sum = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            double difference = predicted[i] - wanted[i];
            sum += region.IsEmpty || region[i] ? difference * difference : 0;
        }

        return sum / 1000;
    }

    /// <summary>
    /// Computes Connectivity: Σ |φ(prediction) − φ(truth)| ∕ 1000, where φ falls with how far alpha lies above the level, in steps of a tenth, up to which
    /// the pixel belongs to the largest 4-connected part that both pictures share; distances below 0.15 count as none.
    /// </summary>
    /// <param name="prediction">Alpha to judge.</param>
    /// <param name="truth">True alpha, as long.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="region">Which pixels count; empty means all.</param>
    /// <returns>0 or more.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of the width.</exception>
    public static double ConnectivityError(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, int width, ReadOnlySpan<bool> region = default)
    {
        Check(prediction, truth, region);
        CheckWidth(truth.Length, width);
        double[] levels = new double[truth.Length];
        Array.Fill(levels, 1);
        bool[] settled = new bool[truth.Length];
        bool[] mask = new bool[truth.Length];
        for (int k = 1; k <= ConnectivityLevels; k++)
        {
            double threshold = (double)k / ConnectivityLevels;
            for (int i = 0; i < mask.Length; i++)
            {
                mask[i] = prediction[i] >= threshold && truth[i] >= threshold;
            }

            ConnectedParts.KeepLargest(mask, width);
            for (int i = 0; i < mask.Length; i++)
            {
                if (!mask[i] && !settled[i])
                {
                    settled[i] = true;
                    levels[i] = (k - 1.0) / ConnectivityLevels;
                }
            }
        }

        double sum = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            if (region.IsEmpty || region[i])
            {
                sum += Math.Abs(Distance(prediction[i] - levels[i]) - Distance(truth[i] - levels[i]));
            }
        }

        return sum / 1000;

        static double Distance(double value) => value >= ConnectivityThreshold ? value : 0;
    }

    /// <summary>Computes the soft intersection over union: Σ min(prediction, truth) ∕ Σ max(prediction, truth).</summary>
    /// <param name="prediction">Alpha to judge.</param>
    /// <param name="truth">True alpha, as long.</param>
    /// <param name="region">Which pixels count; empty means all.</param>
    /// <returns>0 to 1; 1 where both are wholly transparent.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double SoftIntersectionOverUnion(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, ReadOnlySpan<bool> region = default)
    {
        Check(prediction, truth, region);
        (double intersection, double union) = (0, 0);
        for (int i = 0; i < truth.Length; i++)
        {
            if (region.IsEmpty || region[i])
            {
                intersection += Math.Min(prediction[i], truth[i]);
                union += Math.Max(prediction[i], truth[i]);
            }
        }

        return union == 0 ? 1 : intersection / union;
    }

    private static double[] AlphaOf(RgbaImage image)
    {
        ReadOnlySpan<byte> pixels = image.Span;
        double[] alpha = new double[pixels.Length / 4];
        for (int i = 0; i < alpha.Length; i++)
        {
            alpha[i] = pixels[(4 * i) + 3] / 255.0;
        }

        return alpha;
    }

    private static void Check(ReadOnlySpan<double> prediction, ReadOnlySpan<double> truth, ReadOnlySpan<bool> region)
    {
        if (prediction.Length != truth.Length || (!region.IsEmpty && region.Length != truth.Length))
        {
            throw new ArgumentException($"Prediction, truth and region have {prediction.Length}, {truth.Length} and {region.Length} pixels; wanted are equal numbers, or no region.", nameof(prediction));
        }
    }

    private static void CheckWidth(int length, int width)
    {
        if (width < 1 || length % width != 0)
        {
            throw new ArgumentException($"{length} pixels are no rows of {width}.", nameof(width));
        }
    }

    private static double[] GradientMagnitude(ReadOnlySpan<double> alpha, int width)
    {
        int radius = (int)Math.Ceiling(GradientSigma * Math.Sqrt(-2 * Math.Log(Math.Sqrt(2 * Math.PI) * GradientSigma * 0.01)));
        double[] smooth = new double[(2 * radius) + 1];
        double[] derivative = new double[smooth.Length];
        for (int i = 0; i < smooth.Length; i++)
        {
            double x = i - radius;
            smooth[i] = Math.Exp(-x * x / (2 * GradientSigma * GradientSigma));
            derivative[i] = -x * smooth[i];
        }

        // The kernel is the product of the two, so its Euclidean norm is the product of theirs.
        ScaleToUnit(smooth);
        ScaleToUnit(derivative);
        double[] horizontal = PlaneFilter.Convolve(PlaneFilter.Convolve(alpha, width, derivative, alongRows: true), width, smooth, alongRows: false);
        double[] vertical = PlaneFilter.Convolve(PlaneFilter.Convolve(alpha, width, smooth, alongRows: true), width, derivative, alongRows: false);
        for (int i = 0; i < horizontal.Length; i++)
        {
            horizontal[i] = Math.Sqrt((horizontal[i] * horizontal[i]) + (vertical[i] * vertical[i]));
        }

        return horizontal;
    }

    private static void ScaleToUnit(Span<double> kernel)
    {
        double norm = TensorPrimitives.Norm<double>(kernel);
        TensorPrimitives.Divide(kernel, norm, kernel);
    }
}
