using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Weighted sums of tensors: what every step of every scheduler comes down to.</summary>
internal static class LinearCombination
{
    // Small enough that a block of every term stays in the first-level cache while it is summed up.
    private const int Block = 2048;

    /// <summary>
    /// destination = a·x + b·y + c·z + d·u + e·v, in float32, added from left to right. Terms of weight 0 are not read and may be empty.
    /// The destination may be one of the terms, but not overlap one in part.
    /// </summary>
    public static void Apply(
        Span<float> destination,
        double a,
        ReadOnlySpan<float> x,
        double b = 0,
        ReadOnlySpan<float> y = default,
        double c = 0,
        ReadOnlySpan<float> z = default,
        double d = 0,
        ReadOnlySpan<float> u = default,
        double e = 0,
        ReadOnlySpan<float> v = default)
    {
        // Terms of weight 0 move to the end.
        if (a == 0 && (b != 0 || c != 0 || d != 0 || e != 0))
        {
            Apply(destination, b, y, c, z, d, u, e, v);
        }
        else if (b == 0 && (c != 0 || d != 0 || e != 0))
        {
            Apply(destination, a, x, c, z, d, u, e, v);
        }
        else if (c == 0 && (d != 0 || e != 0))
        {
            Apply(destination, a, x, b, y, d, u, e, v);
        }
        else if (d == 0 && e != 0)
        {
            Apply(destination, a, x, b, y, c, z, e, v);
        }
        else if (a == 0)
        {
            destination.Clear();
        }
        else if (b == 0)
        {
            TensorPrimitives.Multiply(x[..destination.Length], (float)a, destination);
        }
        else
        {
            int count = c == 0 ? 2 : d == 0 ? 3 : e == 0 ? 4 : 5;
            Sum(destination, count, (float)a, x, (float)b, y, (float)c, z, (float)d, u, (float)e, v);
        }
    }

    /// <summary>
    /// destination = start + (x − y)/divisor·factor, rounded to float32 after each operation like the reference: where the divisor is huge (4096 with zero terminal SNR)
    /// the rounding is all that is left in common. The destination may be one of the others.
    /// </summary>
    [SkipLocalsInit]
    public static void Move(Span<float> destination, ReadOnlySpan<float> start, ReadOnlySpan<float> x, ReadOnlySpan<float> y, double divisor, double factor)
    {
        Span<float> block = stackalloc float[Block];
        for (int first = 0; first < destination.Length; first += Block)
        {
            int length = Math.Min(Block, destination.Length - first);
            Span<float> moved = block[..length];
            TensorPrimitives.Subtract(x.Slice(first, length), y.Slice(first, length), moved);
            TensorPrimitives.Divide(moved, (float)divisor, moved);
            TensorPrimitives.Multiply(moved, (float)factor, moved);
            TensorPrimitives.Add(start.Slice(first, length), moved, destination.Slice(first, length));
        }
    }

    // All terms at once: TensorPrimitives would need a pass for each, which a step of several terms feels.
    private static void Sum(
        Span<float> destination,
        int count,
        float a,
        ReadOnlySpan<float> x,
        float b,
        ReadOnlySpan<float> y,
        float c,
        ReadOnlySpan<float> z,
        float d,
        ReadOnlySpan<float> u,
        float e,
        ReadOnlySpan<float> v)
    {
        int length = destination.Length;
        x = x[..length];
        y = y[..length];
        z = count > 2 ? z[..length] : x;
        u = count > 3 ? u[..length] : x;
        v = count > 4 ? v[..length] : x;
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> sum = (Load(x, i) * a) + (Load(y, i) * b);
            if (count > 2)
            {
                sum += Load(z, i) * c;
            }

            if (count > 3)
            {
                sum += Load(u, i) * d;
            }

            if (count > 4)
            {
                sum += Load(v, i) * e;
            }

            sum.StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)i);
        }

        for (; i < length; i++)
        {
            float sum = (x[i] * a) + (y[i] * b);
            sum = count > 2 ? sum + (z[i] * c) : sum;
            sum = count > 3 ? sum + (u[i] * d) : sum;
            destination[i] = count > 4 ? sum + (v[i] * e) : sum;
        }
    }

    private static Vector<float> Load(ReadOnlySpan<float> term, int start) => Vector.LoadUnsafe(ref MemoryMarshal.GetReference(term), (nuint)start);
}
