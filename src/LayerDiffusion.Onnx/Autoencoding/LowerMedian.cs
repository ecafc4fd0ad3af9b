using System.Numerics;
using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// The lower median of several tensors, element by element: torch's <c>median</c>, the ⌊(n−1)/2⌋-th in ascending order, never a mean.
/// </summary>
internal static class LowerMedian
{
    // Batcher's odd-even merge sort for four and eight values.
    private static readonly (int Low, int High)[] SortFour = [(0, 1), (2, 3), (0, 2), (1, 3), (1, 2)];

    private static readonly (int Low, int High)[] SortEight =
    [
        (0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (1, 2), (5, 6),
        (0, 4), (1, 5), (2, 6), (3, 7), (2, 4), (3, 5), (1, 2), (3, 4), (5, 6),
    ];

    /// <summary>Writes the lower median of one, four or eight tensors of equal length.</summary>
    public static void Of(float[][] passes, Span<float> destination)
    {
        if (passes.Length == 1)
        {
            passes[0].CopyTo(destination);
            return;
        }

        (int Low, int High)[] network = passes.Length switch
        {
            4 => SortFour,
            8 => SortEight,
            _ => throw new ArgumentException($"The median is taken of 1, 4 or 8 passes, given were {passes.Length}.", nameof(passes)),
        };
        int rank = (passes.Length - 1) / 2;
        Span<Vector<float>> lanes = stackalloc Vector<float>[passes.Length];
        int vectorized = destination.Length - (destination.Length % Vector<float>.Count);
        for (int i = 0; i < vectorized; i += Vector<float>.Count)
        {
            for (int pass = 0; pass < lanes.Length; pass++)
            {
                lanes[pass] = new Vector<float>(passes[pass], i);
            }

            Sort(lanes, network);
            lanes[rank].CopyTo(destination[i..]);
        }

        if (vectorized < destination.Length)
        {
            int rest = destination.Length - vectorized;
            Span<float> tail = MemoryMarshal.Cast<Vector<float>, float>(lanes);
            for (int pass = 0; pass < lanes.Length; pass++)
            {
                passes[pass].AsSpan(vectorized, rest).CopyTo(tail.Slice(pass * Vector<float>.Count, rest));
            }

            Sort(lanes, network);
            tail.Slice(rank * Vector<float>.Count, rest).CopyTo(destination[vectorized..]);
        }
    }

    private static void Sort(Span<Vector<float>> lanes, (int Low, int High)[] network)
    {
        foreach ((int low, int high) in network)
        {
            Vector<float> smaller = Vector.Min(lanes[low], lanes[high]);
            lanes[high] = Vector.Max(lanes[low], lanes[high]);
            lanes[low] = smaller;
        }
    }
}
