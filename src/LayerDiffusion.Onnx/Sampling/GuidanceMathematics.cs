using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The mathematics of guidance, for one image at a time and without allocations.</summary>
internal static class GuidanceMathematics
{
    /// <summary>Values that are handled together, in working memory on the stack.</summary>
    private const int ChunkLength = 1024;

    /// <summary>
    /// Σ wₖ·εₖ for weights that sum to 1, in the form ε₀ + Σ wₖ·(εₖ − ε₀) of the reference implementations; the first weight is implied.
    /// A single prediction is copied.
    /// </summary>
    public static void WeightedSum(PredictionRows predictions, ReadOnlySpan<float> weights, Span<float> destination)
    {
        predictions[0].CopyTo(destination);
        AddDifferences(predictions, 0, 1, weights[1..], destination);
    }

    /// <summary>
    /// ⟨N,P⟩ / ⟨P,P⟩ of the directions N = ε₁ − ε₀ of the negative and P = Σ vᵢ·(εᵢ₊₂ − ε₀) of the positive predictions; 0 where P is.
    /// </summary>
    public static double ProjectionRatio(PredictionRows predictions, ReadOnlySpan<float> positiveWeights)
    {
        Span<float> negativeBuffer = stackalloc float[ChunkLength];
        Span<float> positiveBuffer = stackalloc float[ChunkLength];
        double product = 0;
        double squares = 0;
        for (int start = 0; start < predictions.Length; start += ChunkLength)
        {
            int count = Math.Min(ChunkLength, predictions.Length - start);
            Span<float> negative = negativeBuffer[..count];
            Span<float> positive = positiveBuffer[..count];
            TensorPrimitives.Subtract(predictions[1].Slice(start, count), predictions[0].Slice(start, count), negative);
            positive.Clear();
            AddDifferences(predictions, start, 2, positiveWeights, positive);
            product += TensorPrimitives.Dot(negative, positive);
            squares += TensorPrimitives.SumOfSquares(positive);
        }

        return squares > 0 ? product / squares : 0;
    }

    /// <summary>
    /// Brings the standard deviation of the guided prediction towards that of a reference: guided · (φ·std(reference)/std(guided) + 1 − φ), diffusers' <c>rescale_noise_cfg</c>.
    /// A guided prediction without deviation stays as it is.
    /// </summary>
    public static void Rescale(Span<float> guided, ReadOnlySpan<float> reference, double amount)
    {
        double deviation = StandardDeviation(guided);
        if (deviation > 0)
        {
            double factor = (amount * StandardDeviation(reference) / deviation) + 1 - amount;
            TensorPrimitives.Multiply(guided, (float)factor, guided);
        }
    }

    /// <summary>The unbiased standard deviation, torch's <c>std</c>; 0 for fewer than two values.</summary>
    public static double StandardDeviation(ReadOnlySpan<float> values)
    {
        if (values.Length < 2)
        {
            return 0;
        }

        double sum = 0;
        for (int start = 0; start < values.Length; start += ChunkLength)
        {
            sum += TensorPrimitives.Sum(values.Slice(start, Math.Min(ChunkLength, values.Length - start)));
        }

        double mean = sum / values.Length;
        Span<float> buffer = stackalloc float[ChunkLength];
        double squares = 0;
        for (int start = 0; start < values.Length; start += ChunkLength)
        {
            Span<float> deviations = buffer[..Math.Min(ChunkLength, values.Length - start)];
            TensorPrimitives.Subtract(values.Slice(start, deviations.Length), (float)mean, deviations);
            squares += TensorPrimitives.SumOfSquares(deviations);
        }

        return Math.Sqrt(squares / (values.Length - 1));
    }

    /// <summary>Dynamic thresholding of x₀ = sampleWeight·sample + predictionWeight·prediction, turned back into a prediction.</summary>
    /// <param name="sample">The noisy sample.</param>
    /// <param name="prediction">The prediction, which is changed where values of x₀ are.</param>
    /// <param name="sampleWeight">The part of the sample in x₀.</param>
    /// <param name="predictionWeight">The part of the prediction in x₀, not 0.</param>
    /// <param name="options">Percentile and limit.</param>
    /// <param name="scratch">Working memory as long as the sample.</param>
    public static void Threshold(
        ReadOnlySpan<float> sample, Span<float> prediction, double sampleWeight, double predictionWeight, DynamicThresholding options, Span<float> scratch)
    {
        Combine(sample, sampleWeight, prediction, predictionWeight, scratch);
        TensorPrimitives.Abs(scratch, scratch);
        scratch.Sort();
        double bound = Quantile(scratch, options.Percentile);

        // A prediction that is broken, so that the bound is not a finite number, is not made to look whole.
        if (!(bound > options.Limit && double.IsFinite(bound)))
        {
            return;
        }

        Combine(sample, sampleWeight, prediction, predictionWeight, scratch);
        TensorPrimitives.Clamp(scratch, (float)-bound, (float)bound, scratch);
        Combine(scratch, options.Limit / bound / predictionWeight, sample, -sampleWeight / predictionWeight, prediction);
    }

    /// <summary>The quantile of sorted values by linear interpolation, as <c>torch.quantile</c> has it.</summary>
    public static double Quantile(ReadOnlySpan<float> sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * ((double)sorted[above] - sorted[below]));
    }

    /// <summary>Adds Σ wₖ·(εₖ₊first − ε₀) for the values from a start on.</summary>
    private static void AddDifferences(PredictionRows predictions, int start, int first, ReadOnlySpan<float> weights, Span<float> destination)
    {
        Span<float> buffer = stackalloc float[ChunkLength];
        for (int done = 0; done < destination.Length; done += ChunkLength)
        {
            Span<float> difference = buffer[..Math.Min(ChunkLength, destination.Length - done)];
            Span<float> target = destination.Slice(done, difference.Length);
            ReadOnlySpan<float> origin = predictions[0].Slice(start + done, difference.Length);
            for (int k = 0; k < weights.Length; k++)
            {
                TensorPrimitives.Subtract(predictions[first + k].Slice(start + done, difference.Length), origin, difference);
                TensorPrimitives.MultiplyAdd(difference, weights[k], target, target);
            }
        }
    }

    private static void Combine(ReadOnlySpan<float> left, double leftWeight, ReadOnlySpan<float> right, double rightWeight, Span<float> destination)
    {
        Span<float> buffer = stackalloc float[ChunkLength];
        for (int start = 0; start < left.Length; start += ChunkLength)
        {
            Span<float> part = buffer[..Math.Min(ChunkLength, left.Length - start)];
            TensorPrimitives.Multiply(left.Slice(start, part.Length), (float)leftWeight, part);
            TensorPrimitives.MultiplyAdd(right.Slice(start, part.Length), (float)rightWeight, part, destination.Slice(start, part.Length));
        }
    }
}
