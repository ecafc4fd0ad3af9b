using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
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
    private readonly float[][] window;
    private readonly float[] windowWeights;
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
        this.window = new float[this.vertical.Taps][];
        this.windowWeights = new float[this.vertical.Taps];
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

        for (int k = 0; k < count; k++)
        {
            this.window[k] = this.ring[(start + k) % this.ring.Length];
            this.windowWeights[k] = (float)this.vertical.Values[(y * this.vertical.Taps) + k];
        }

        Combine(this.window.AsSpan(0, count), this.windowWeights, this.result);
        return this.result;
    }

    // The sum of the rows times their weights, a few columns at a time, so that sums stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(ReadOnlySpan<float[]> rows, ReadOnlySpan<float> weights, Span<float> result)
    {
        int i = 0;
        for (; i <= result.Length - (2 * Vector256<float>.Count); i += 2 * Vector256<float>.Count)
        {
            Vector256<float> low = Vector256<float>.Zero;
            Vector256<float> high = Vector256<float>.Zero;
            for (int k = 0; k < rows.Length; k++)
            {
                ref float row = ref MemoryMarshal.GetArrayDataReference(rows[k]);
                Vector256<float> weight = Vector256.Create(weights[k]);
                low += Vector256.LoadUnsafe(ref row, (nuint)i) * weight;
                high += Vector256.LoadUnsafe(ref row, (nuint)(i + Vector256<float>.Count)) * weight;
            }

            low.CopyTo(result[i..]);
            high.CopyTo(result[(i + Vector256<float>.Count)..]);
        }

        for (; i < result.Length; i++)
        {
            float sum = 0;
            for (int k = 0; k < rows.Length; k++)
            {
                sum += rows[k][i] * weights[k];
            }

            result[i] = sum;
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

    // The weights were made for this length, so that one check replaces one for every pixel.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ResamplePixels(ReadOnlySpan<float> source, Span<float> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, this.horizontal.InputLength * 4);
        ref Vector128<float> pixels = ref Unsafe.As<float, Vector128<float>>(ref MemoryMarshal.GetReference(source));
        Span<Vector128<float>> results = MemoryMarshal.Cast<float, Vector128<float>>(target);
        ReadOnlySpan<int> starts = this.horizontal.Starts;
        ReadOnlySpan<int> counts = this.horizontal.Counts;
        ref float weight = ref MemoryMarshal.GetArrayDataReference(this.horizontalWeights);
        int taps = this.horizontal.Taps;
        for (int x = 0; x < results.Length; x++)
        {
            ref Vector128<float> input = ref Unsafe.Add(ref pixels, starts[x]);
            Vector128<float> sum = input * weight;
            int count = counts[x];
            if (count > 1)
            {
                sum += Unsafe.Add(ref input, 1) * Unsafe.Add(ref weight, 1);
                for (int k = 2; k < count; k++)
                {
                    sum += Unsafe.Add(ref input, k) * Unsafe.Add(ref weight, k);
                }
            }

            results[x] = sum;
            weight = ref Unsafe.Add(ref weight, taps);
        }
    }
}
