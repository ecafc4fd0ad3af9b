namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The symmetric Beta(a, a) distribution.</summary>
internal static class BetaDistribution
{
    /// <summary>The x below which the share <paramref name="probability"/> of the distribution lies.</summary>
    public static double Quantile(double probability, double a)
    {
        if (probability > 0.5)
        {
            return 1 - Quantile(1 - probability, a);
        }

        // Half of the whole integral lies below 0.5; between 0 and 0.5 the integral only grows, so halving finds x.
        double wanted = probability * 2 * Integral(0.5, a);
        (double low, double high) = (0, 0.5);
        for (int i = 0; i < 200 && low < high; i++)
        {
            double middle = low + ((high - low) / 2);
            if (middle == low || middle == high)
            {
                break;
            }

            (low, high) = Integral(middle, a) < wanted ? (middle, high) : (low, middle);
        }

        return high <= double.Epsilon ? 0 : high;
    }

    // ∫₀ˣ (t(1−t))^(a−1) dt = x^a · Σₙ (1−a)ₙ/n! · xⁿ/(a+n), from the binomial series of (1−t)^(a−1); for x up to 0.5.
    private static double Integral(double x, double a)
    {
        double coefficient = 1;
        double sum = 1 / a;
        for (int n = 1; n < 200; n++)
        {
            coefficient *= (n - a) / n * x;
            double term = coefficient / (a + n);
            sum += term;
            if (term < sum * 1e-17)
            {
                break;
            }
        }

        return Math.Pow(x, a) * sum;
    }
}
