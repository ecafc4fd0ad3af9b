using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Resamples float pictures row by row: rows are drawn from a callback, so that a caller converts on the way and no whole
/// intermediate picture exists. Width first, then height.
/// </summary>
internal sealed class SeparableResampler
{
    private readonly RowReader source;
    private readonly int channels;
    private readonly ResamplingWeights horizontal;
    private readonly ResamplingWeights vertical;
    private readonly float[] horizontalWeights;
    private readonly float[][] ring;
    private readonly float[] result;
    private int ready;

    /// <summary>Initializes a new instance of the <see cref="SeparableResampler"/> class.</summary>
    /// <param name="source">Gives the rows of the source; each is asked for at most once, in rising order.</param>
    /// <param name="weights">The weights of both axes.</param>
    /// <param name="channels">Interleaved values of a pixel.</param>
    public SeparableResampler(RowReader source, (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights, int channels = 4)
    {
        this.source = source;
        this.channels = channels;
        (this.horizontal, this.vertical) = weights;
        this.horizontalWeights = new float[this.horizontal.Values.Length];
        TensorPrimitives.ConvertTruncating<double, float>(this.horizontal.Values, this.horizontalWeights);
        this.result = new float[this.horizontal.OutputLength * channels];
        this.ring = new float[this.vertical.Taps][];
        for (int i = 0; i < this.ring.Length; i++)
        {
            this.ring[i] = new float[this.result.Length];
        }
    }

    /// <summary>Gets a row of a picture, interleaved channels.</summary>
    public delegate ReadOnlySpan<float> RowReader(int y);

    /// <summary>Resamples a row; rows are to be asked for in rising order.</summary>
    /// <returns>The row, which the caller may change; the next call overwrites it.</returns>
    public Span<float> Row(int y)
    {
        int start = this.vertical.Starts[y];
        int count = this.vertical.Counts[y];
        for (this.ready = Math.Max(this.ready, start); this.ready < start + count; this.ready++)
        {
            this.ResampleRow(this.source(this.ready), this.ring[this.ready % this.ring.Length]);
        }

        Combine(this.ring, start, this.vertical.Values.AsSpan(y * this.vertical.Taps, count), this.result);
        return this.result;
    }

    private static void Combine(float[][] ring, int start, ReadOnlySpan<double> weights, Span<float> result)
    {
        ReadOnlySpan<float> first = ring[start % ring.Length];
        if (weights.Length == 1)
        {
            TensorPrimitives.Multiply(first, (float)weights[0], result);
            return;
        }

        ReadOnlySpan<float> second = ring[(start + 1) % ring.Length];
        (float firstWeight, float secondWeight) = ((float)weights[0], (float)weights[1]);
        int i = 0;
        for (; i <= result.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            ref float a = ref MemoryMarshal.GetReference(first);
            ref float b = ref MemoryMarshal.GetReference(second);
            Vector256<float> sum = (Vector256.LoadUnsafe(ref a, (nuint)i) * firstWeight) + (Vector256.LoadUnsafe(ref b, (nuint)i) * secondWeight);
            sum.StoreUnsafe(ref MemoryMarshal.GetReference(result), (nuint)i);
        }

        for (; i < result.Length; i++)
        {
            result[i] = (first[i] * firstWeight) + (second[i] * secondWeight);
        }

        for (int k = 2; k < weights.Length; k++)
        {
            TensorPrimitives.MultiplyAdd(ring[(start + k) % ring.Length], (float)weights[k], result, result);
        }
    }

    private void ResampleRow(ReadOnlySpan<float> source, Span<float> target)
    {
        if (this.channels == 4)
        {
            this.ResamplePixels(source, target);
            return;
        }

        for (int x = 0; x < this.horizontal.OutputLength; x++)
        {
            ReadOnlySpan<float> weights = this.horizontalWeights.AsSpan(x * this.horizontal.Taps, this.horizontal.Counts[x]);
            int start = this.horizontal.Starts[x] * this.channels;
            for (int channel = 0; channel < this.channels; channel++)
            {
                float sum = 0;
                for (int k = 0; k < weights.Length; k++)
                {
                    sum += weights[k] * source[start + (k * this.channels) + channel];
                }

                target[(x * this.channels) + channel] = sum;
            }
        }
    }

    private void ResamplePixels(ReadOnlySpan<float> source, Span<float> target)
    {
        ReadOnlySpan<Vector128<float>> pixels = MemoryMarshal.Cast<float, Vector128<float>>(source);
        Span<Vector128<float>> results = MemoryMarshal.Cast<float, Vector128<float>>(target);
        ReadOnlySpan<int> starts = this.horizontal.Starts;
        ReadOnlySpan<int> counts = this.horizontal.Counts;
        int taps = this.horizontal.Taps;
        for (int x = 0; x < results.Length; x++)
        {
            int count = counts[x];
            ReadOnlySpan<float> weights = this.horizontalWeights.AsSpan(x * taps, count);
            ReadOnlySpan<Vector128<float>> inputs = pixels.Slice(starts[x], count);
            Vector128<float> sum = inputs[0] * weights[0];
            for (int k = 1; k < inputs.Length; k++)
            {
                sum += inputs[k] * weights[k];
            }

            results[x] = sum;
        }
    }
}
