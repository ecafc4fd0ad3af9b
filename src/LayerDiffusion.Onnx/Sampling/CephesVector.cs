using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Single-precision logarithm, sine and cosine by the polynomials of the Cephes library (Moshier 1992) with fused multiply-adds. Torch's vectorised
/// normals are made with them on x64 processors, so that repeating their rounding repeats torch's noise bit for bit, on every processor.
/// </summary>
internal static class CephesVector
{
    private static readonly float[] LogarithmPolynomial =
    [
        7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
        -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f,
    ];

    private static readonly float[] CosinePolynomial = [2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f];

    private static readonly float[] SinePolynomial = [-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f];

    /// <summary>Natural logarithm of positive normal numbers.</summary>
    public static Vector256<float> Log(Vector256<float> value)
    {
        // value = mantissa · 2^exponent with the mantissa in [√½, √2).
        Vector256<int> bits = value.AsInt32();
        Vector256<float> exponent = Vector256.ConvertToSingle(Vector256.ShiftRightLogical(bits, 23) - Vector256.Create(126));
        Vector256<float> mantissa = ((bits & Vector256.Create(0x007fffff)) | Vector256.Create(0.5f).AsInt32()).AsSingle();
        Vector256<float> isSmall = Vector256.LessThan(mantissa, Vector256.Create(0.707106781186547524f));
        exponent -= Vector256<float>.One & isSmall;
        Vector256<float> x = (mantissa - Vector256<float>.One) + (mantissa & isSmall);

        Vector256<float> square = x * x;
        Vector256<float> result = Vector256.FusedMultiplyAdd(Polynomial(LogarithmPolynomial, x) * x, square, exponent * Vector256.Create(-2.12194440e-4f));
        result = Vector256.FusedMultiplyAdd(square, Vector256.Create(-0.5f), result);
        return Vector256.FusedMultiplyAdd(exponent, Vector256.Create(0.693359375f), x + result);
    }

    /// <summary>Sine and cosine of moderate numbers of 0 or more.</summary>
    public static (Vector256<float> Sine, Vector256<float> Cosine) SinCos(Vector256<float> value)
    {
        // The octant, made even, is taken off in three parts so that nothing of it is rounded away.
        Vector256<int> octant = (Vector256.ConvertToInt32(value * Vector256.Create(1.27323954473516f)) + Vector256<int>.One) & Vector256.Create(~1);
        Vector256<float> turns = Vector256.ConvertToSingle(octant);
        Vector256<float> x = Vector256.FusedMultiplyAdd(turns, Vector256.Create(-0.78515625f), value);
        x = Vector256.FusedMultiplyAdd(turns, Vector256.Create(-2.4187564849853515625e-4f), x);
        x = Vector256.FusedMultiplyAdd(turns, Vector256.Create(-3.77489497744594108e-8f), x);

        Vector256<float> square = x * x;
        Vector256<float> even = Vector256.FusedMultiplyAdd(Polynomial(CosinePolynomial, square) * square, square, square * Vector256.Create(-0.5f)) + Vector256<float>.One;
        Vector256<float> odd = Vector256.FusedMultiplyAdd(Polynomial(SinePolynomial, square) * square, x, x);

        Vector256<float> isStraight = Vector256.Equals(octant & Vector256.Create(2), Vector256<int>.Zero).AsSingle();
        Vector256<int> sineSign = Vector256.ShiftLeft(octant & Vector256.Create(4), 29);
        Vector256<int> cosineSign = Vector256.ShiftLeft(~(octant - Vector256.Create(2)) & Vector256.Create(4), 29);
        return (
            (Vector256.ConditionalSelect(isStraight, odd, even).AsInt32() ^ sineSign).AsSingle(),
            (Vector256.ConditionalSelect(isStraight, even, odd).AsInt32() ^ cosineSign).AsSingle());
    }

    private static Vector256<float> Polynomial(float[] coefficients, Vector256<float> x)
    {
        Vector256<float> result = Vector256.Create(coefficients[0]);
        for (int i = 1; i < coefficients.Length; i++)
        {
            result = Vector256.FusedMultiplyAdd(result, x, Vector256.Create(coefficients[i]));
        }

        return result;
    }
}
