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
    /// destination = a·x + b·y + c·z + d·u + e·v, in float32. Terms of weight 0 are not read and may be empty. The destination may be one of the terms.
    /// </summary>
    [SkipLocalsInit]
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
        bool goesOn = c != 0 || d != 0 || e != 0;
        bool hasThird = e != 0;
        Span<float> block = stackalloc float[Block];
        for (int start = 0; start < destination.Length; start += Block)
        {
            // Terms add up beside the destination until the last, so that it may be any of them.
            int length = Math.Min(Block, destination.Length - start);
            Span<float> target = destination.Slice(start, length);
            Span<float> sum = block[..length];
            AddPair(goesOn ? sum : target, default, a, Part(a, x, start, length), b, Part(b, y, start, length));
            if (goesOn)
            {
                AddPair(hasThird ? sum : target, sum, c, Part(c, z, start, length), d, Part(d, u, start, length));
            }

            if (hasThird)
            {
                TensorPrimitives.MultiplyAdd(v.Slice(start, length), (float)e, sum, target);
            }
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

    private static ReadOnlySpan<float> Part(double weight, ReadOnlySpan<float> term, int start, int length) => weight != 0 ? term.Slice(start, length) : default;

    // target = sum + a·x + b·y; an empty span counts as 0. TensorPrimitives would need two passes for it, which a step of several terms feels.
    private static void AddPair(Span<float> target, ReadOnlySpan<float> sum, double a, ReadOnlySpan<float> x, double b, ReadOnlySpan<float> y)
    {
        if (x.IsEmpty || y.IsEmpty)
        {
            AddOne(target, sum, x.IsEmpty ? b : a, x.IsEmpty ? y : x);
            return;
        }

        (float weightX, float weightY) = ((float)a, (float)b);
        Span<Vector<float>> targets = MemoryMarshal.Cast<float, Vector<float>>(target);
        ReadOnlySpan<Vector<float>> xs = MemoryMarshal.Cast<float, Vector<float>>(x)[..targets.Length];
        ReadOnlySpan<Vector<float>> ys = MemoryMarshal.Cast<float, Vector<float>>(y)[..targets.Length];
        int done = targets.Length * Vector<float>.Count;
        if (sum.IsEmpty)
        {
            for (int i = 0; i < targets.Length; i++)
            {
                targets[i] = (xs[i] * weightX) + (ys[i] * weightY);
            }

            for (int i = done; i < target.Length; i++)
            {
                target[i] = (x[i] * weightX) + (y[i] * weightY);
            }

            return;
        }

        ReadOnlySpan<Vector<float>> sums = MemoryMarshal.Cast<float, Vector<float>>(sum)[..targets.Length];
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = sums[i] + (xs[i] * weightX) + (ys[i] * weightY);
        }

        for (int i = done; i < target.Length; i++)
        {
            target[i] = sum[i] + (x[i] * weightX) + (y[i] * weightY);
        }
    }

    private static void AddOne(Span<float> target, ReadOnlySpan<float> sum, double weight, ReadOnlySpan<float> term)
    {
        if (term.IsEmpty && sum.IsEmpty)
        {
            target.Clear();
        }
        else if (term.IsEmpty)
        {
            sum.CopyTo(target);
        }
        else if (sum.IsEmpty)
        {
            TensorPrimitives.Multiply(term, (float)weight, target);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(term, (float)weight, sum, target);
        }
    }
}
