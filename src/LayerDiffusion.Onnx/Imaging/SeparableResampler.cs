using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Resamples pictures of four floats a pixel row by row: rows are drawn from one callback and given to another, so that a caller converts on the
/// way and no whole intermediate picture exists. Pictures are resampled in height first, two rows of the result at once; in width first where
/// that keeps too many values or is much more work. Large pictures are made in bands of rows, each on a thread and with an instance of its own.
/// </summary>
/// <remarks>Nothing is fused and all sums are made in one order, so that results are equal on every processor and in any number of bands.</remarks>
internal sealed class SeparableResampler
{
    // Height first keeps rows of the source in full width; more of them would leave the cache and, for a huge picture, need as much memory as it.
    private const int MostTaps = 32;
    private const int MostValuesKept = 1 << 28;

    // Fewer take less than 0.2 ms.
    private const int LeastPixelsOfBand = 1 << 17;

    // More of them, mostly a multiple of a page apart, drive each other out of the cache, so that copies are quicker.
    private const int MostRowsUsedInPlace = 12;

    private readonly float[]? source;
    private readonly RowAction read;
    private readonly RowAction write;
    private readonly ResamplingWeights horizontal;
    private readonly ResamplingWeights vertical;
    private readonly float[] horizontalWeights;
    private readonly float[] verticalWeights;
    private readonly bool heightFirst;
    private readonly int sourceLength;
    private readonly int resultLength;
    private readonly float[] ring;
    private readonly int ringRows;
    private readonly int stride;
    private readonly int[] places;
    private readonly float[] wide;
    private readonly float[] row;
    private readonly float[] nextRow;
    private int ready;

    private SeparableResampler(float[]? source, RowAction read, (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights, RowAction write)
    {
        (this.source, this.read, this.write) = (source, read, write);
        (this.horizontal, this.vertical) = weights;
        this.horizontalWeights = this.horizontal.SingleValues;
        this.verticalWeights = this.vertical.SingleValues;
        this.sourceLength = 4 * this.horizontal.InputLength;
        this.resultLength = 4 * this.horizontal.OutputLength;
        this.heightFirst = this.vertical.Taps <= MostTaps && 2L * this.vertical.Taps * this.sourceLength <= MostValuesKept && !this.IsMuchLessWorkInWidth();
        this.places = new int[this.RowsToKeep()];
        if (source is not null && this.heightFirst && this.sourceLength >= Sums.Width && this.places.Length <= MostRowsUsedInPlace)
        {
            (this.ring, this.ringRows, this.stride, this.ready) = (source, this.vertical.InputLength, this.sourceLength, this.vertical.InputLength);
        }
        else
        {
            this.ringRows = this.places.Length;
            this.stride = Stride(this.heightFirst ? this.sourceLength : this.resultLength);
            this.ring = new float[checked(this.ringRows * this.stride)];
        }

        // Two rows; sums are stored in whole blocks, even where one is longer than a row.
        this.wide = new float[checked(this.heightFirst ? 2 * Math.Max(this.sourceLength, Sums.Width) : this.sourceLength)];
        this.row = new float[this.resultLength];
        this.nextRow = this.heightFirst ? new float[this.resultLength] : [];
    }

    /// <summary>Fills or takes a row of a picture, four floats a pixel.</summary>
    public delegate void RowAction(int y, Span<float> row);

    /// <summary>Resamples a picture.</summary>
    /// <param name="read">Fills rows of the source. Each band asks in rising order, at most once for a row; bands ask at the same time, at their edges for the same rows.</param>
    /// <param name="weights">The weights of both axes.</param>
    /// <param name="write">Takes each row of the result once and may change it; in rising order in a band, but from all bands at the same time.</param>
    /// <param name="bands">The number of bands; null means as many as pay.</param>
    public static void Run(RowAction read, (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights, RowAction write, int? bands = null)
        => new SeparableResampler(null, read, weights, write).Run(bands);

    /// <summary>Resamples a picture whose rows lie in memory without gaps, in the form in which they are filtered.</summary>
    public static void Run(float[] source, (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights, RowAction write, int? bands = null)
        => new SeparableResampler(source, (y, row) => source.AsSpan(y * row.Length, row.Length).CopyTo(row), weights, write).Run(bands);

    // Rows a multiple of a page apart share the same few places of the cache and would drive each other out.
    private static int Stride(int length) => checked(((length + 1023) / 1024 * 1024) + 80);

    private void Run(int? bands)
    {
        int height = this.vertical.OutputLength;
        int count = bands ?? this.BandsThatPay();
        if (count == 1)
        {
            this.MakeRows(0, height);
            return;
        }

        try
        {
            Parallel.For(0, count, band =>
            {
                SeparableResampler resampler = band == 0 ? this : new(this.source, this.read, (this.horizontal, this.vertical), this.write);
                resampler.MakeRows((int)((long)height * band / count), (int)((long)height * (band + 1) / count));
            });
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    private int BandsThatPay()
    {
        long pixels = ((long)this.horizontal.InputLength * this.vertical.InputLength) + ((long)this.horizontal.OutputLength * this.vertical.OutputLength);
        long most = Math.Min(Environment.ProcessorCount, pixels / LeastPixelsOfBand);

        // Bands read rows at their edges twice; that shall be less than half. Together they keep no more values than one may.
        most = Math.Min(most, this.vertical.InputLength / (2 * this.vertical.Taps));
        most = Math.Min(most, MostValuesKept / ((long)this.wide.Length + (this.ring == this.source ? 0 : this.ring.Length)));
        return (int)Math.Clamp(most, 1, this.vertical.OutputLength);
    }

    private void MakeRows(int start, int end)
    {
        for (int y = start; y < end; y++)
        {
            if (!this.heightFirst)
            {
                this.Combine(y);
                this.write(y, this.row);
                continue;
            }

            int partner = Math.Min(this.PartnerOf(y), end - 1);
            this.CombineTwo(y, partner);
            this.ResampleTwo();
            this.write(y, this.row);
            if (partner > y)
            {
                y = partner;
                this.write(y, this.nextRow);
            }
        }
    }

    // Where the width shrinks much and the height grows.
    private bool IsMuchLessWorkInWidth()
        => (double)this.vertical.OutputLength * this.horizontal.InputLength * this.vertical.Taps
            > 4.0 * this.vertical.InputLength * this.horizontal.OutputLength * this.horizontal.Taps;

    // The row to make together with another: the next one, if no rows of the source lie unused between theirs.
    private int PartnerOf(int y)
        => y + 1 < this.vertical.OutputLength && this.vertical.Starts[y + 1] <= this.vertical.Starts[y] + this.vertical.Counts[y] ? y + 1 : y;

    private int RowsToKeep()
    {
        int most = this.vertical.Taps;
        for (int y = 0; this.heightFirst && y < this.vertical.OutputLength; y++)
        {
            int partner = this.PartnerOf(y);
            most = Math.Max(most, this.vertical.Starts[partner] + this.vertical.Counts[partner] - this.vertical.Starts[y]);
        }

        return most;
    }

    // Reads the rows of the source from start to end that are not kept yet, and tells where each lies.
    private ReadOnlySpan<int> Prepare(int start, int end)
    {
        for (this.ready = Math.Max(this.ready, start); this.ready < end; this.ready++)
        {
            Span<float> room = this.ring.AsSpan(this.ready % this.ringRows * this.stride, this.stride);
            if (this.heightFirst)
            {
                this.read(this.ready, room[..this.sourceLength]);
            }
            else
            {
                this.read(this.ready, this.wide);
                this.ResampleOne(room);
            }
        }

        for (int k = 0; k < end - start; k++)
        {
            this.places[k] = (start + k) % this.ringRows * this.stride;
        }

        return this.places.AsSpan(0, end - start);
    }

    private ReadOnlySpan<float> VerticalWeights(int y) => this.verticalWeights.AsSpan(y * this.vertical.Taps, this.vertical.Counts[y]);

    // The weighted sum of rows.
    // Loops over whole pictures are compiled with all optimizations at once: in a first call, slow code would run for longer than that takes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(int y)
    {
        int start = this.vertical.Starts[y];
        ReadOnlySpan<float> weights = this.VerticalWeights(y);
        ReadOnlySpan<int> places = this.Prepare(start, start + weights.Length);
        for (int i = 0; i < this.resultLength; i += 4)
        {
            Vector128<float> sum = Vector128<float>.Zero;
            for (int k = 0; k < places.Length; k++)
            {
                sum += Vector128.LoadUnsafe(ref this.ring[places[k] + i]) * weights[k];
            }

            sum.StoreUnsafe(ref this.row[i]);
        }
    }

    // Makes two rows at once, so that each value is loaded once for both, and sums stay in registers; the pixels of the two take turns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CombineTwo(int y, int partner)
    {
        (int start, int skipped) = (this.vertical.Starts[y], this.vertical.Starts[partner] - this.vertical.Starts[y]);
        ReadOnlySpan<float> weights = this.VerticalWeights(y);
        ReadOnlySpan<float> nextWeights = this.VerticalWeights(partner);
        ReadOnlySpan<int> places = this.Prepare(start, start + skipped + nextWeights.Length);

        // No step below leaves these: starts and ends never fall, the last block ends where its row does, and shorter rows are kept at a distance longer than a block.
        ref float ring = ref MemoryMarshal.GetArrayDataReference(this.ring);
        ref int place = ref MemoryMarshal.GetReference(places);
        ref float weight = ref MemoryMarshal.GetReference(weights);
        ref float nextWeight = ref MemoryMarshal.GetReference(nextWeights);
        (int count, int end) = (weights.Length, places.Length);
        for (int block = 0; block < this.sourceLength; block += Sums.Width)
        {
            int i = Math.Max(0, Math.Min(block, this.sourceLength - Sums.Width));
            (Sums sums, Sums nextSums) = (default, default);
            ref float column = ref Unsafe.Add(ref ring, i);
            int k = 0;
            for (; k < skipped; k++)
            {
                sums.Add(ref Unsafe.Add(ref column, Unsafe.Add(ref place, k)), Unsafe.Add(ref weight, k));
            }

            for (; k < count; k++)
            {
                Sums.AddToBoth(ref Unsafe.Add(ref column, Unsafe.Add(ref place, k)), Unsafe.Add(ref weight, k), Unsafe.Add(ref nextWeight, k - skipped), ref sums, ref nextSums);
            }

            for (; k < end; k++)
            {
                nextSums.Add(ref Unsafe.Add(ref column, Unsafe.Add(ref place, k)), Unsafe.Add(ref nextWeight, k - skipped));
            }

            Sums.Interleave(sums, nextSums, ref this.wide[2 * i]);
        }
    }

    // Two neighbouring columns at once, whose sums do not wait for each other; the last of an odd number is its own neighbour.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ResampleTwo()
    {
        ref float input = ref MemoryMarshal.GetArrayDataReference(this.wide);
        ref float weights = ref MemoryMarshal.GetArrayDataReference(this.horizontalWeights);
        ref float output = ref MemoryMarshal.GetArrayDataReference(this.row);
        ref float nextOutput = ref MemoryMarshal.GetArrayDataReference(this.nextRow);
        ReadOnlySpan<int> starts = this.horizontal.Starts;
        ReadOnlySpan<int> counts = this.horizontal.Counts.AsSpan(0, starts.Length);
        for (int x = 0; x < starts.Length; x += 2)
        {
            int neighbour = Math.Min(x + 1, starts.Length - 1);
            ref float from = ref Unsafe.Add(ref input, 8 * starts[x]);
            ref float neighbourFrom = ref Unsafe.Add(ref input, 8 * starts[neighbour]);
            ref float weight = ref Unsafe.Add(ref weights, x * this.horizontal.Taps);
            ref float neighbourWeight = ref Unsafe.Add(ref weights, neighbour * this.horizontal.Taps);
            (nuint count, nuint neighbourCount) = ((nuint)counts[x], (nuint)counts[neighbour]);
            nuint both = nuint.Min(count, neighbourCount);
            (Vector256<float> sum, Vector256<float> neighbourSum) = (Vector256<float>.Zero, Vector256<float>.Zero);
            nuint k = 0;
            for (; k < both; k++)
            {
                sum += Vector256.LoadUnsafe(ref from, 8 * k) * Unsafe.Add(ref weight, k);
                neighbourSum += Vector256.LoadUnsafe(ref neighbourFrom, 8 * k) * Unsafe.Add(ref neighbourWeight, k);
            }

            for (nuint rest = k; rest < count; rest++)
            {
                sum += Vector256.LoadUnsafe(ref from, 8 * rest) * Unsafe.Add(ref weight, rest);
            }

            for (; k < neighbourCount; k++)
            {
                neighbourSum += Vector256.LoadUnsafe(ref neighbourFrom, 8 * k) * Unsafe.Add(ref neighbourWeight, k);
            }

            sum.GetLower().StoreUnsafe(ref output, 4 * (nuint)x);
            sum.GetUpper().StoreUnsafe(ref nextOutput, 4 * (nuint)x);
            neighbourSum.GetLower().StoreUnsafe(ref output, 4 * (nuint)neighbour);
            neighbourSum.GetUpper().StoreUnsafe(ref nextOutput, 4 * (nuint)neighbour);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ResampleOne(Span<float> target)
    {
        for (int x = 0; x < this.horizontal.OutputLength; x++)
        {
            int start = 4 * this.horizontal.Starts[x];
            ReadOnlySpan<float> weights = this.horizontalWeights.AsSpan(x * this.horizontal.Taps, this.horizontal.Counts[x]);
            Vector128<float> sum = Vector128<float>.Zero;
            for (int k = 0; k < weights.Length; k++)
            {
                sum += Vector128.LoadUnsafe(ref this.wide[start + (4 * k)]) * weights[k];
            }

            sum.StoreUnsafe(ref target[4 * x]);
        }
    }

    /// <summary>Sums of as many neighbouring values as stay in registers.</summary>
    private struct Sums
    {
        public const int Width = 32;

        private Vector256<float> a;
        private Vector256<float> b;
        private Vector256<float> c;
        private Vector256<float> d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void AddToBoth(ref float values, float weight, float nextWeight, ref Sums sums, ref Sums nextSums)
        {
            Vector256<float> factor = Vector256.Create(weight);
            Vector256<float> nextFactor = Vector256.Create(nextWeight);
            Vector256<float> loaded = Vector256.LoadUnsafe(ref values);
            sums.a += loaded * factor;
            nextSums.a += loaded * nextFactor;
            loaded = Vector256.LoadUnsafe(ref values, 8);
            sums.b += loaded * factor;
            nextSums.b += loaded * nextFactor;
            loaded = Vector256.LoadUnsafe(ref values, 16);
            sums.c += loaded * factor;
            nextSums.c += loaded * nextFactor;
            loaded = Vector256.LoadUnsafe(ref values, 24);
            sums.d += loaded * factor;
            nextSums.d += loaded * nextFactor;
        }

        /// <summary>Stores pixels of two rows by turns.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Interleave(in Sums sums, in Sums nextSums, ref float target)
        {
            Interleave(sums.a, nextSums.a, ref target);
            Interleave(sums.b, nextSums.b, ref Unsafe.Add(ref target, 16));
            Interleave(sums.c, nextSums.c, ref Unsafe.Add(ref target, 32));
            Interleave(sums.d, nextSums.d, ref Unsafe.Add(ref target, 48));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(ref float values, float weight)
        {
            Vector256<float> factor = Vector256.Create(weight);
            this.a += Vector256.LoadUnsafe(ref values) * factor;
            this.b += Vector256.LoadUnsafe(ref values, 8) * factor;
            this.c += Vector256.LoadUnsafe(ref values, 16) * factor;
            this.d += Vector256.LoadUnsafe(ref values, 24) * factor;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Interleave(Vector256<float> pixels, Vector256<float> nextPixels, ref float target)
        {
            Vector256.Create(pixels.GetLower(), nextPixels.GetLower()).StoreUnsafe(ref target);
            Vector256.Create(pixels.GetUpper(), nextPixels.GetUpper()).StoreUnsafe(ref target, 8);
        }
    }
}
