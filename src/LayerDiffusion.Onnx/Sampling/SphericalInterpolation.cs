namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Interpolation along the great circle between two vectors (Shoemake 1985, "Animating rotation with quaternion curves"), in the form that diffusers' examples and the
/// AUTOMATIC1111 web UI use for noise: the angle comes from the directions, the weights apply to the vectors as they are.
/// </summary>
internal static class SphericalInterpolation
{
    /// <summary>Above this cosine the vectors are as good as parallel and the straight line is taken.</summary>
    private const double ParallelCosine = 0.9995;

    /// <summary>Replaces every column of a matrix <c>[h,w]</c> by its interpolation towards the same column of another; one column is one vector.</summary>
    /// <param name="amount">0 keeps the first vector, 1 gives the second.</param>
    /// <param name="values">The first matrix, which receives the result.</param>
    /// <param name="other">The second matrix, as long.</param>
    /// <param name="width">Number of columns, a divisor of the length.</param>
    public static void Apply(double amount, Span<float> values, ReadOnlySpan<float> other, int width)
    {
        for (int column = 0; column < width; column++)
        {
            double product = 0;
            double squares = 0;
            double otherSquares = 0;
            for (int i = column; i < values.Length; i += width)
            {
                product += (double)values[i] * other[i];
                squares += (double)values[i] * values[i];
                otherSquares += (double)other[i] * other[i];
            }

            (double weight, double otherWeight) = Weights(amount, product / Math.Sqrt(squares * otherSquares));
            for (int i = column; i < values.Length; i += width)
            {
                values[i] = (float)((weight * values[i]) + (otherWeight * other[i]));
            }
        }
    }

    private static (double First, double Second) Weights(double amount, double cosine)
    {
        // Also true for the undefined angle to a zero vector. Nearly opposite vectors have no great circle of their own either.
        if (!(Math.Abs(cosine) <= ParallelCosine))
        {
            return (1 - amount, amount);
        }

        double angle = Math.Acos(cosine);
        return (Math.Sin((1 - amount) * angle) / Math.Sin(angle), Math.Sin(amount * angle) / Math.Sin(angle));
    }
}
