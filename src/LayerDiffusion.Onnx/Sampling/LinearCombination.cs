using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Weighted sums of tensors: what every step of every scheduler comes down to.</summary>
internal static class LinearCombination
{
    // Small enough that a block of every term stays in the first-level cache while it is summed up.
    private const int Block = 1024;

    /// <summary>
    /// destination = a·x + b·y + c·z + d·u + e·v, in float32. Terms of weight 0 are not read and may be empty. The destination may be one of the terms.
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
        Span<float> block = stackalloc float[Block];
        for (int start = 0; start < destination.Length; start += Block)
        {
            int length = Math.Min(Block, destination.Length - start);
            Span<float> sum = block[..length];
            if (a != 0)
            {
                TensorPrimitives.Multiply(x.Slice(start, length), (float)a, sum);
            }
            else
            {
                sum.Clear();
            }

            Add(sum, b, y, start);
            Add(sum, c, z, start);
            Add(sum, d, u, start);
            Add(sum, e, v, start);
            sum.CopyTo(destination[start..]);
        }
    }

    private static void Add(Span<float> sum, double weight, ReadOnlySpan<float> term, int start)
    {
        if (weight != 0)
        {
            TensorPrimitives.MultiplyAdd(term.Slice(start, sum.Length), (float)weight, sum, sum);
        }
    }
}
