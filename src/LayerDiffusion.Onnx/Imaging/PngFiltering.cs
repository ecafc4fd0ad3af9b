using System.Numerics;
using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>The row filters of PNG in both directions (PNG specification, "Filtering").</summary>
internal static class PngFiltering
{
    private const int FilterCount = 5;

    /// <summary>Undoes a filter in place.</summary>
    /// <param name="filter">The filter byte of the row.</param>
    /// <param name="row">The filtered row; becomes the samples.</param>
    /// <param name="above">The samples of the row above, zeros above the first.</param>
    /// <param name="distance">Bytes back to the pixel on the left.</param>
    public static void Restore(byte filter, Span<byte> row, ReadOnlySpan<byte> above, int distance)
    {
        int first = Math.Min(distance, row.Length);
        switch ((PngFilter)filter)
        {
            case PngFilter.None:
                break;
            case PngFilter.Sub:
                for (int i = first; i < row.Length; i++)
                {
                    row[i] += row[i - distance];
                }

                break;
            case PngFilter.Up:
                TensorPrimitives.Add(row, above, row);
                break;
            case PngFilter.Average:
                for (int i = 0; i < first; i++)
                {
                    row[i] += (byte)(above[i] >> 1);
                }

                for (int i = first; i < row.Length; i++)
                {
                    row[i] += (byte)((row[i - distance] + above[i]) >> 1);
                }

                break;
            case PngFilter.Paeth:
                for (int i = 0; i < first; i++)
                {
                    row[i] += above[i];
                }

                for (int i = first; i < row.Length; i++)
                {
                    row[i] += Paeth(row[i - distance], above[i], above[i - distance]);
                }

                break;
            default:
                throw new ImageFormatException($"a row of the PNG file has filter {filter}; 0 to 4 are defined.");
        }
    }

    /// <summary>Filters a row, or chooses the filter with the least sum of absolute differences.</summary>
    /// <param name="filter">A filter, or <see cref="PngFilter.Adaptive"/>.</param>
    /// <param name="row">The samples.</param>
    /// <param name="above">The samples of the row above, zeros above the first.</param>
    /// <param name="distance">Bytes back to the pixel on the left.</param>
    /// <param name="scratch">Room for two results of one byte more than the row.</param>
    /// <returns>The filter byte and the filtered row, a part of <paramref name="scratch"/>.</returns>
    public static ReadOnlySpan<byte> Apply(PngFilter filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, Span<byte> scratch)
    {
        Span<byte> best = scratch[..(row.Length + 1)];
        if (filter != PngFilter.Adaptive)
        {
            FilterRow(filter, row, above, distance, best[1..]);
            best[0] = (byte)filter;
            return best;
        }

        Span<byte> candidate = scratch.Slice(row.Length + 1, row.Length + 1);
        long bestCost = long.MaxValue;
        for (int index = 0; index < FilterCount; index++)
        {
            FilterRow((PngFilter)index, row, above, distance, candidate[1..]);
            long cost = Cost(candidate[1..]);
            if (cost < bestCost)
            {
                bestCost = cost;
                candidate[0] = (byte)index;
                Span<byte> better = candidate;
                candidate = best;
                best = better;
            }
        }

        return best;
    }

    private static void FilterRow(PngFilter filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, Span<byte> result)
    {
        int first = Math.Min(distance, row.Length);
        switch (filter)
        {
            case PngFilter.Sub:
                row[..first].CopyTo(result);
                TensorPrimitives.Subtract(row[first..], row[..(row.Length - first)], result[first..]);
                break;
            case PngFilter.Up:
                TensorPrimitives.Subtract(row, above, result);
                break;
            case PngFilter.Average:
                for (int i = 0; i < first; i++)
                {
                    result[i] = (byte)(row[i] - (above[i] >> 1));
                }

                FilterAverage(row, above, distance, result);
                break;
            case PngFilter.Paeth:
                TensorPrimitives.Subtract(row[..first], above[..first], result);
                FilterPaeth(row, above, distance, result);
                break;
            default:
                row.CopyTo(result);
                break;
        }
    }

    private static void FilterAverage(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, Span<byte> result)
    {
        int i = distance;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector<byte> left = new(row[(i - distance)..]);
            Vector<byte> up = new(above[i..]);

            // Half the sum without overflow, rounded down.
            Vector<byte> mean = (left & up) + Vector.ShiftRightLogical(left ^ up, 1);
            (new Vector<byte>(row[i..]) - mean).CopyTo(result[i..]);
        }

        for (; i < row.Length; i++)
        {
            result[i] = (byte)(row[i] - ((row[i - distance] + above[i]) >> 1));
        }
    }

    private static void FilterPaeth(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int distance, Span<byte> result)
    {
        int i = distance;
        for (; i <= row.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector<byte> left = new(row[(i - distance)..]);
            Vector<byte> up = new(above[i..]);
            Vector<byte> upLeft = new(above[(i - distance)..]);
            Vector.Widen(left, out Vector<ushort> leftLow, out Vector<ushort> leftHigh);
            Vector.Widen(up, out Vector<ushort> upLow, out Vector<ushort> upHigh);
            Vector.Widen(upLeft, out Vector<ushort> upLeftLow, out Vector<ushort> upLeftHigh);
            Vector<byte> prediction = Vector.Narrow(Paeth(leftLow, upLow, upLeftLow), Paeth(leftHigh, upHigh, upLeftHigh));
            (new Vector<byte>(row[i..]) - prediction).CopyTo(result[i..]);
        }

        for (; i < row.Length; i++)
        {
            result[i] = (byte)(row[i] - Paeth(row[i - distance], above[i], above[i - distance]));
        }
    }

    private static Vector<ushort> Paeth(Vector<ushort> left, Vector<ushort> up, Vector<ushort> upLeft)
    {
        Vector<short> a = left.As<ushort, short>();
        Vector<short> b = up.As<ushort, short>();
        Vector<short> c = upLeft.As<ushort, short>();
        Vector<short> distanceA = Vector.Abs(b - c);
        Vector<short> distanceB = Vector.Abs(a - c);
        Vector<short> distanceC = Vector.Abs(a + b - c - c);
        Vector<short> takeA = Vector.LessThanOrEqual(distanceA, distanceB) & Vector.LessThanOrEqual(distanceA, distanceC);
        Vector<short> bOrC = Vector.ConditionalSelect(Vector.LessThanOrEqual(distanceB, distanceC), b, c);
        return Vector.ConditionalSelect(takeA, a, bOrC).As<short, ushort>();
    }

    private static byte Paeth(byte left, byte up, byte upLeft)
    {
        int distanceA = Math.Abs(up - upLeft);
        int distanceB = Math.Abs(left - upLeft);
        int distanceC = Math.Abs(left + up - upLeft - upLeft);
        byte bOrC = distanceB <= distanceC ? up : upLeft;
        return distanceA <= distanceB && distanceA <= distanceC ? left : bOrC;
    }

    // Differences count as signed: 255 is −1.
    private static long Cost(ReadOnlySpan<byte> row)
    {
        long total = 0;
        int i = 0;
        while (i <= row.Length - Vector<byte>.Count)
        {
            // Sums of 64 magnitudes of at most 128 fit 16 bits.
            Vector<ushort> sums = Vector<ushort>.Zero;
            for (int round = 0; round < 64 && i <= row.Length - Vector<byte>.Count; round++, i += Vector<byte>.Count)
            {
                Vector<byte> values = new(row[i..]);
                Vector<byte> magnitudes = Vector.Min(values, Vector<byte>.Zero - values);
                Vector.Widen(magnitudes, out Vector<ushort> low, out Vector<ushort> high);
                sums += low + high;
            }

            Vector.Widen(sums, out Vector<uint> sumsLow, out Vector<uint> sumsHigh);
            total += Vector.Sum(sumsLow + sumsHigh);
        }

        for (; i < row.Length; i++)
        {
            total += Math.Min(row[i], (byte)-row[i]);
        }

        return total;
    }
}
