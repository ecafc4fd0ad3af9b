using System.Numerics;
using System.Runtime.CompilerServices;

namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// The lower median of several tensors, element by element: torch's <c>median</c>, the ⌊(n−1)/2⌋-th in ascending order, never a mean.
/// </summary>
/// <remarks>
/// The comparisons are written out so that all values stay in registers.
/// Not-a-number spreads, so that an element that is one anywhere is one in the result.
/// </remarks>
internal static class LowerMedian
{
    /// <summary>Writes the lower median of one, four or eight tensors of equal length.</summary>
    public static void Of(float[][] passes, Span<float> destination)
    {
        switch (passes.Length)
        {
            case 1:
                passes[0].CopyTo(destination);
                break;
            case 4:
                OfFour(passes, destination);
                break;
            case 8:
                OfEight(passes, destination);
                break;
            default:
                throw new ArgumentException($"The median is taken of 1, 4 or 8 passes, given were {passes.Length}.", nameof(passes));
        }
    }

    private static void OfFour(float[][] passes, Span<float> destination)
    {
        (float[] a, float[] b, float[] c, float[] d) = (passes[0], passes[1], passes[2], passes[3]);
        int i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            OfFour(new(a, i), new(b, i), new(c, i), new Vector<float>(d, i)).CopyTo(destination[i..]);
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = OfFour(new(a[i]), new(b[i]), new(c[i]), new Vector<float>(d[i]))[0];
        }
    }

    private static void OfEight(float[][] passes, Span<float> destination)
    {
        (float[] a, float[] b, float[] c, float[] d) = (passes[0], passes[1], passes[2], passes[3]);
        (float[] e, float[] f, float[] g, float[] h) = (passes[4], passes[5], passes[6], passes[7]);
        int i = 0;
        for (; i <= destination.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            OfEight(new(a, i), new(b, i), new(c, i), new(d, i), new(e, i), new(f, i), new(g, i), new Vector<float>(h, i)).CopyTo(destination[i..]);
        }

        for (; i < destination.Length; i++)
        {
            destination[i] = OfEight(new(a[i]), new(b[i]), new(c[i]), new(d[i]), new(e[i]), new(f[i]), new(g[i]), new Vector<float>(h[i]))[0];
        }
    }

    // The second smallest: the smaller of the larger minimum and the smaller maximum of two pairs.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> OfFour(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d)
    {
        Sort(ref a, ref b);
        Sort(ref c, ref d);
        return Vector.Min(Vector.Max(a, c), Vector.Min(b, d));
    }

    // The fourth smallest.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> OfEight(
        Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d, Vector<float> e, Vector<float> f, Vector<float> g, Vector<float> h)
    {
        SortFour(ref a, ref b, ref c, ref d);
        SortFour(ref e, ref f, ref g, ref h);

        // The fourth smallest of two sorted fours takes i of one and 4 − i of the other: the least, over i, of the larger of the two that were taken last.
        Vector<float> middle = Vector.Min(Vector.Max(a, g), Vector.Max(c, e));
        return Vector.Min(Vector.Min(middle, Vector.Max(b, f)), Vector.Min(d, h));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SortFour(ref Vector<float> a, ref Vector<float> b, ref Vector<float> c, ref Vector<float> d)
    {
        Sort(ref a, ref b);
        Sort(ref c, ref d);
        Sort(ref a, ref c);
        Sort(ref b, ref d);
        Sort(ref b, ref c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sort(ref Vector<float> low, ref Vector<float> high)
    {
        Vector<float> smaller = Vector.Min(low, high);
        high = Vector.Max(low, high);
        low = smaller;
    }
}
