using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// The weights with which one axis is resampled: output i is the sum of <c>Values[i·Taps + k] · input[Starts[i] + k]</c> over k below <c>Counts[i]</c>.
/// </summary>
internal sealed class ResamplingWeights
{
    private ResamplingWeights(int inputLength, int outputLength, int taps)
    {
        this.InputLength = inputLength;
        this.Taps = Math.Min(taps, inputLength);
        this.Starts = new int[outputLength];
        this.Counts = new int[outputLength];
        this.Values = new double[(long)outputLength * this.Taps];
    }

    /// <summary>Gets the number of input positions.</summary>
    public int InputLength { get; }

    /// <summary>Gets the largest number of weights of one output position.</summary>
    public int Taps { get; }

    /// <summary>Gets the first input position of each output position; never falls.</summary>
    public int[] Starts { get; }

    /// <summary>Gets the number of weights of each output position, 1 or more; the last input position of each never falls either.</summary>
    public int[] Counts { get; }

    /// <summary>Gets the weights, rows of <see cref="Taps"/>; the weights of one position add up to 1.</summary>
    public double[] Values { get; }

    /// <summary>Gets <see cref="Values"/> as floats.</summary>
    public float[] SingleValues => field ??= ToSingle(this.Values);

    /// <summary>Gets the number of output positions.</summary>
    public int OutputLength => this.Starts.Length;

    /// <summary>Makes the weights of both axes of a picture.</summary>
    public static (ResamplingWeights Horizontal, ResamplingWeights Vertical) ForPicture(ResamplingFilter filter, int width, int height, int newWidth, int newHeight)
    {
        if (filter == ResamplingFilter.Area && (newWidth > width || newHeight > height))
        {
            return (ForGrowingArea(width, newWidth), ForGrowingArea(height, newHeight));
        }

        ResamplingWeights horizontal = ForAxis(filter, width, newWidth);
        return (horizontal, (width, newWidth) == (height, newHeight) ? horizontal : ForAxis(filter, height, newHeight));
    }

    /// <summary>Makes the weights of one axis; <see cref="ResamplingFilter.Area"/> for one that shrinks or stays.</summary>
    public static ResamplingWeights ForAxis(ResamplingFilter filter, int inputLength, int outputLength) => filter switch
    {
        ResamplingFilter.Nearest => ForNearest(inputLength, outputLength, 0.5 * inputLength / outputLength),
        ResamplingFilter.NearestCorner => ForNearest(inputLength, outputLength, 0),
        ResamplingFilter.Box => ForWideningKernel(inputLength, outputLength, 0.5, x => x is > -0.5 and <= 0.5 ? 1 : 0),
        ResamplingFilter.Bilinear => ForWideningKernel(inputLength, outputLength, 1, x => Math.Max(0, 1 - Math.Abs(x))),
        ResamplingFilter.Hamming => ForWideningKernel(inputLength, outputLength, 1, x => Math.Abs(x) >= 1 ? 0 : Sinc(x) * (0.54 + (0.46 * Math.Cos(Math.PI * x)))),
        ResamplingFilter.Bicubic => ForWideningKernel(inputLength, outputLength, 2, x => CubicKernel(x, -0.5)),
        ResamplingFilter.Lanczos => ForWideningKernel(inputLength, outputLength, 3, x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0),
        ResamplingFilter.Area => ForShrinkingArea(inputLength, outputLength),
        ResamplingFilter.Linear => ForFixedKernel(inputLength, outputLength, 2, x => 1 - Math.Abs(x)),
        ResamplingFilter.Cubic => ForFixedKernel(inputLength, outputLength, 4, x => CubicKernel(x, -0.75)),
        ResamplingFilter.Lanczos4 => ForFixedKernel(inputLength, outputLength, 8, x => Sinc(x) * Sinc(x / 4)),
        _ => throw new ArgumentOutOfRangeException(nameof(filter), filter, "This is no resampling filter."),
    };

    private static float[] ToSingle(double[] values)
    {
        float[] result = new float[values.Length];
        TensorPrimitives.ConvertTruncating<double, float>(values, result);
        return result;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    // Keys, "Cubic convolution interpolation for digital image processing", 1981.
    private static double CubicKernel(double x, double a)
    {
        x = Math.Abs(x);
        return x switch
        {
            < 1 => ((((a + 2) * x) - (a + 3)) * x * x) + 1,
            < 2 => ((((x - 5) * x) + 8) * x * a) - (4 * a),
            _ => 0,
        };
    }

    // Pillow adds the step up instead of multiplying, and its rounding errors decide some pixels.
    private static ResamplingWeights ForNearest(int inputLength, int outputLength, double start)
    {
        ResamplingWeights weights = new(inputLength, outputLength, 1);
        double step = (double)inputLength / outputLength;
        double position = start;
        for (int i = 0; i < outputLength; i++)
        {
            double at = start == 0 ? i * step : position;
            weights.Starts[i] = Math.Min((int)at, inputLength - 1);
            weights.Counts[i] = 1;
            weights.Values[i] = 1;
            position += step;
        }

        return weights;
    }

    // Pillow's rule: the kernel is stretched when shrinking, cut off at the borders and normalised.
    private static ResamplingWeights ForWideningKernel(int inputLength, int outputLength, double radius, Func<double, double> kernel)
    {
        double scale = (double)inputLength / outputLength;
        double stretch = Math.Max(1, scale);
        double support = radius * stretch;
        ResamplingWeights weights = new(inputLength, outputLength, ((int)Math.Ceiling(support) * 2) + 1);
        for (int i = 0; i < outputLength; i++)
        {
            double centre = (i + 0.5) * scale;
            int start = Math.Max(0, (int)(centre - support + 0.5));
            int end = Math.Min(inputLength, (int)(centre + support + 0.5));
            Span<double> values = weights.Values.AsSpan(i * weights.Taps, end - start);
            for (int k = 0; k < values.Length; k++)
            {
                values[k] = kernel((start + k - centre + 0.5) * (1 / stretch));
            }

            weights.Starts[i] = start;
            weights.Counts[i] = values.Length;
            Normalize(values);
        }

        return weights;
    }

    // OpenCV's rule: a fixed number of pixels around the half-pixel centre; beyond the border the border pixel repeats.
    private static ResamplingWeights ForFixedKernel(int inputLength, int outputLength, int taps, Func<double, double> kernel)
    {
        ResamplingWeights weights = new(inputLength, outputLength, taps);
        double scale = (double)inputLength / outputLength;
        Span<double> values = stackalloc double[taps];
        for (int i = 0; i < outputLength; i++)
        {
            double centre = ((i + 0.5) * scale) - 0.5;
            int first = (int)Math.Floor(centre) - (taps / 2) + 1;
            for (int k = 0; k < taps; k++)
            {
                values[k] = kernel(first + k - centre);
            }

            Normalize(values);
            int start = Math.Clamp(first, 0, inputLength - 1);
            weights.Starts[i] = start;
            weights.Counts[i] = Math.Clamp(first + taps - 1, 0, inputLength - 1) - start + 1;
            for (int k = 0; k < taps; k++)
            {
                weights.Values[(i * weights.Taps) + Math.Clamp(first + k, 0, inputLength - 1) - start] += values[k];
            }
        }

        return weights;
    }

    private static ResamplingWeights ForShrinkingArea(int inputLength, int outputLength)
    {
        double scale = (double)inputLength / outputLength;
        ResamplingWeights weights = new(inputLength, outputLength, (int)Math.Ceiling(scale) + 2);
        for (int i = 0; i < outputLength; i++)
        {
            (double low, double high) = (i * scale, Math.Min(inputLength, (i + 1) * scale));

            // What is covered by less than this is rounding error.
            const double Least = 1e-7;
            int start = (int)(low + Least);
            int end = Math.Min(inputLength, (int)Math.Ceiling(high - Least));
            Span<double> values = weights.Values.AsSpan(i * weights.Taps, end - start);
            for (int k = 0; k < values.Length; k++)
            {
                values[k] = Math.Min(start + k + 1, high) - Math.Max(start + k, low);
            }

            weights.Starts[i] = start;
            weights.Counts[i] = values.Length;
            Normalize(values);
        }

        return weights;
    }

    private static ResamplingWeights ForGrowingArea(int inputLength, int outputLength)
    {
        ResamplingWeights weights = new(inputLength, outputLength, 2);
        double scale = (double)inputLength / outputLength;
        for (int i = 0; i < outputLength; i++)
        {
            int left = (int)(i * scale);
            double fraction = i + 1 - ((left + 1) / scale);
            fraction = fraction <= 0 ? 0 : fraction - Math.Floor(fraction);
            bool single = left >= inputLength - 1;
            weights.Starts[i] = Math.Min(left, inputLength - 1);
            weights.Counts[i] = single ? 1 : 2;
            weights.Values[i * weights.Taps] = single ? 1 : 1 - fraction;
            if (!single)
            {
                weights.Values[(i * weights.Taps) + 1] = fraction;
            }
        }

        return weights;
    }

    private static void Normalize(Span<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        for (int k = 0; k < values.Length && sum != 0; k++)
        {
            values[k] *= 1 / sum;
        }
    }
}
