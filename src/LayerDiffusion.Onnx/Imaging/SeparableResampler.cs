using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Resamples float pictures row by row: rows are drawn from a callback, so that a caller converts on the way and no whole
/// intermediate picture exists. A picture that loses height is resampled in height first, unless it loses very much,
/// others in width first, which leaves less to do in width.
/// </summary>
internal sealed class SeparableResampler
{
    // Height first keeps rows of the source in full width; more of them would leave the cache and, for a huge picture, need as much memory as it.
    private const int MostRowsKept = 32;

    private readonly RowReader source;
    private readonly int channels;
    private readonly bool heightFirst;
    private readonly ResamplingWeights horizontal;
    private readonly ResamplingWeights vertical;
    private readonly float[] horizontalWeights;
    private readonly float[] verticalWeights;
    private readonly float[][] rooms;
    private readonly ArraySegment<float>[] ring;
    private readonly ArraySegment<float>[] rows;
    private readonly float[] scratch;
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
        this.heightFirst = this.vertical.OutputLength < this.vertical.InputLength && this.vertical.Taps <= MostRowsKept;
        this.horizontalWeights = ToSingle(this.horizontal.Values);
        this.verticalWeights = ToSingle(this.vertical.Values);
        this.scratch = new float[this.horizontal.InputLength * channels];
        this.result = new float[this.horizontal.OutputLength * channels];
        this.ring = new ArraySegment<float>[this.vertical.Taps];
        this.rows = new ArraySegment<float>[this.vertical.Taps];
        this.rooms = new float[this.vertical.Taps][];
        for (int i = 0; i < this.rooms.Length; i++)
        {
            this.rooms[i] = new float[(this.heightFirst ? this.scratch : this.result).Length];
        }
    }

    /// <summary>Gets a row of a picture, interleaved channels: in the room given or where it lies already, unchanged for as long as the resampler is used.</summary>
    public delegate ArraySegment<float> RowReader(int y, float[] room);

    /// <summary>Resamples a row; rows are to be asked for in rising order.</summary>
    /// <returns>The row, which the caller may change; the next call overwrites it.</returns>
    public Span<float> Row(int y)
    {
        int start = this.vertical.Starts[y];
        int count = this.vertical.Counts[y];
        for (this.ready = Math.Max(this.ready, start); this.ready < start + count; this.ready++)
        {
            int place = this.ready % this.ring.Length;
            float[] room = this.rooms[place];
            if (this.heightFirst)
            {
                this.ring[place] = this.source(this.ready, room);
            }
            else
            {
                this.ResampleRow(this.source(this.ready, this.scratch), room);
                this.ring[place] = room;
            }
        }

        for (int k = 0; k < count; k++)
        {
            this.rows[k] = this.ring[(start + k) % this.ring.Length];
        }

        ReadOnlySpan<ArraySegment<float>> inputs = this.rows.AsSpan(0, count);
        ReadOnlySpan<float> weights = this.verticalWeights.AsSpan(y * this.vertical.Taps, count);
        if (this.heightFirst)
        {
            Combine(inputs, weights, this.scratch);
            this.ResampleRow(this.scratch, this.result);
        }
        else
        {
            Combine(inputs, weights, this.result);
        }

        return this.result;
    }

    private static float[] ToSingle(double[] values)
    {
        float[] result = new float[values.Length];
        TensorPrimitives.ConvertTruncating<double, float>(values, result);
        return result;
    }

    // The weighted sum of rows; sums stay in registers over all of them.
    private static void Combine(ReadOnlySpan<ArraySegment<float>> rows, ReadOnlySpan<float> weights, Span<float> result)
    {
        if (rows.Length == 1)
        {
            TensorPrimitives.Multiply(rows[0], weights[0], result);
            return;
        }

        int width = Vector256<float>.Count;
        int i = 0;
        for (; i <= result.Length - (4 * width); i += 4 * width)
        {
            (Vector256<float> a, Vector256<float> b) = (Vector256<float>.Zero, Vector256<float>.Zero);
            (Vector256<float> c, Vector256<float> d) = (Vector256<float>.Zero, Vector256<float>.Zero);
            for (int k = 0; k < rows.Length; k++)
            {
                ref float row = ref MemoryMarshal.GetReference(rows[k].AsSpan(i, 4 * width));
                Vector256<float> weight = Vector256.Create(weights[k]);
                a += Vector256.LoadUnsafe(ref row) * weight;
                b += Vector256.LoadUnsafe(ref row, (nuint)width) * weight;
                c += Vector256.LoadUnsafe(ref row, (nuint)(2 * width)) * weight;
                d += Vector256.LoadUnsafe(ref row, (nuint)(3 * width)) * weight;
            }

            ref float target = ref result[i];
            a.StoreUnsafe(ref target);
            b.StoreUnsafe(ref target, (nuint)width);
            c.StoreUnsafe(ref target, (nuint)(2 * width));
            d.StoreUnsafe(ref target, (nuint)(3 * width));
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

    private void ResamplePixels(ReadOnlySpan<float> source, Span<float> target)
    {
        // All that the weights name lies inside rows of these lengths, so that the loop below needs no checks.
        ref float input = ref MemoryMarshal.GetReference(source[..(4 * this.horizontal.InputLength)]);
        ref float output = ref MemoryMarshal.GetReference(target[..(4 * this.horizontal.OutputLength)]);
        ref float weight = ref MemoryMarshal.GetArrayDataReference(this.horizontalWeights);
        ReadOnlySpan<int> starts = this.horizontal.Starts;
        ref int counts = ref MemoryMarshal.GetArrayDataReference(this.horizontal.Counts);
        nuint taps = (nuint)this.horizontal.Taps;
        for (int x = 0; x < starts.Length; x++)
        {
            nuint count = (nuint)Unsafe.Add(ref counts, x);
            nuint start = 4 * (nuint)starts[x];
            nuint k = 0;

            // Pixels with even and odd number add up beside each other.
            Vector256<float> pairs = Vector256<float>.Zero;
            for (; k + 1 < count; k += 2)
            {
                Vector256<float> both = Vector256.Create(Unsafe.ReadUnaligned<double>(ref Unsafe.As<float, byte>(ref Unsafe.Add(ref weight, k)))).AsSingle();
                pairs += Vector256.LoadUnsafe(ref input, start + (4 * k)) * Vector256.Shuffle(both, Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1));
            }

            Vector128<float> sum = pairs.GetLower() + pairs.GetUpper();
            if (k < count)
            {
                sum += Vector128.LoadUnsafe(ref input, start + (4 * k)) * Unsafe.Add(ref weight, k);
            }

            sum.StoreUnsafe(ref output, 4 * (nuint)x);
            weight = ref Unsafe.Add(ref weight, taps);
        }
    }
}
