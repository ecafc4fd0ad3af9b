using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Weighted sums of tensors: what every step of every scheduler comes down to.</summary>
internal static class LinearCombination
{
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
        if (d == 0)
        {
            (d, e) = (e, 0);
            u = v;
        }

        if (c == 0)
        {
            (c, d, e) = (d, e, 0);
            z = u;
            u = v;
        }

        if (b == 0)
        {
            (b, c, d, e) = (c, d, e, 0);
            y = z;
            z = u;
            u = v;
        }

        if (a == 0)
        {
            (a, b, c, d, e) = (b, c, d, e, 0);
            x = y;
            y = z;
            z = u;
            u = v;
        }

        if (a == 0)
        {
            destination.Clear();
        }
        else if (b == 0)
        {
            TensorPrimitives.Multiply(x[..destination.Length], (float)a, destination);
        }
        else if (c == 0)
        {
            Sum(destination, (float)a, x, (float)b, y);
        }
        else if (d == 0)
        {
            Sum(destination, (float)a, x, (float)b, y, (float)c, z);
        }
        else if (e == 0)
        {
            Sum(destination, (float)a, x, (float)b, y, (float)c, z, (float)d, u);
        }
        else
        {
            Sum(destination, (float)a, x, (float)b, y, (float)c, z, (float)d, u, (float)e, v);
        }
    }

    /// <summary>
    /// destination = start + (x − y)/divisor·factor, rounded to float32 after each operation like the reference: where the divisor is huge (4096 with zero terminal SNR)
    /// the rounding is all that is left in common. The destination may be one of the others.
    /// </summary>
    public static void Move(Span<float> destination, ReadOnlySpan<float> start, ReadOnlySpan<float> x, ReadOnlySpan<float> y, double divisor, double factor)
    {
        int length = destination.Length;
        start = start[..length];
        x = x[..length];
        y = y[..length];
        Vector<float> divisors = new((float)divisor);
        Vector<float> factors = new((float)factor);
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Store(Load(start, i) + ((Load(x, i) - Load(y, i)) / divisors * factors), destination, i);
        }

        for (; i < length; i++)
        {
            destination[i] = start[i] + ((x[i] - y[i]) / (float)divisor * (float)factor);
        }
    }

    // A loop for each number of terms, all terms at once: TensorPrimitives would need a pass for each, and counting terms in the loop would cost more than adding them.
    private static void Sum(Span<float> destination, float a, ReadOnlySpan<float> x, float b, ReadOnlySpan<float> y)
    {
        int length = destination.Length;
        x = x[..length];
        y = y[..length];
        (Vector<float> va, Vector<float> vb) = (new(a), new(b));
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Store((Load(x, i) * va) + (Load(y, i) * vb), destination, i);
        }

        for (; i < length; i++)
        {
            destination[i] = (x[i] * a) + (y[i] * b);
        }
    }

    private static void Sum(Span<float> destination, float a, ReadOnlySpan<float> x, float b, ReadOnlySpan<float> y, float c, ReadOnlySpan<float> z)
    {
        int length = destination.Length;
        x = x[..length];
        y = y[..length];
        z = z[..length];
        (Vector<float> va, Vector<float> vb, Vector<float> vc) = (new(a), new(b), new(c));
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Store((Load(x, i) * va) + (Load(y, i) * vb) + (Load(z, i) * vc), destination, i);
        }

        for (; i < length; i++)
        {
            destination[i] = (x[i] * a) + (y[i] * b) + (z[i] * c);
        }
    }

    private static void Sum(
        Span<float> destination,
        float a,
        ReadOnlySpan<float> x,
        float b,
        ReadOnlySpan<float> y,
        float c,
        ReadOnlySpan<float> z,
        float d,
        ReadOnlySpan<float> u)
    {
        int length = destination.Length;
        x = x[..length];
        y = y[..length];
        z = z[..length];
        u = u[..length];
        (Vector<float> va, Vector<float> vb, Vector<float> vc, Vector<float> vd) = (new(a), new(b), new(c), new(d));
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Store((Load(x, i) * va) + (Load(y, i) * vb) + (Load(z, i) * vc) + (Load(u, i) * vd), destination, i);
        }

        for (; i < length; i++)
        {
            destination[i] = (x[i] * a) + (y[i] * b) + (z[i] * c) + (u[i] * d);
        }
    }

    private static void Sum(
        Span<float> destination,
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
        z = z[..length];
        u = u[..length];
        v = v[..length];
        (Vector<float> va, Vector<float> vb, Vector<float> vc, Vector<float> vd, Vector<float> ve) = (new(a), new(b), new(c), new(d), new(e));
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Store((Load(x, i) * va) + (Load(y, i) * vb) + (Load(z, i) * vc) + (Load(u, i) * vd) + (Load(v, i) * ve), destination, i);
        }

        for (; i < length; i++)
        {
            destination[i] = (x[i] * a) + (y[i] * b) + (z[i] * c) + (u[i] * d) + (v[i] * e);
        }
    }

    private static Vector<float> Load(ReadOnlySpan<float> term, int start) => Vector.LoadUnsafe(ref MemoryMarshal.GetReference(term), (nuint)start);

    private static void Store(Vector<float> values, Span<float> destination, int start) => values.StoreUnsafe(ref MemoryMarshal.GetReference(destination), (nuint)start);
}
