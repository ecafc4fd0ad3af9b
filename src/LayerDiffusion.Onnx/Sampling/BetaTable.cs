namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The training variances β, in float32 as torch computes them.</summary>
internal static class BetaTable
{
    private const double LargestBeta = 0.999;

    public static float[] Create(SchedulerOptions options)
    {
        int count = options.NumTrainTimesteps!.Value;
        double first = options.BetaStart!.Value;
        double last = options.BetaEnd!.Value;
        if (options.TrainedBetas is { Count: > 0 } trained)
        {
            return [.. trained.Select(beta => (float)beta)];
        }

        return options.BetaSchedule!.Value switch
        {
            BetaSchedule.Linear => Linspace((float)first, (float)last, count),
            BetaSchedule.ScaledLinear => Array.ConvertAll(Linspace((float)Math.Sqrt(first), (float)Math.Sqrt(last), count), root => root * root),
            BetaSchedule.Sigmoid => Array.ConvertAll(Linspace(-6, 6, count), x => (1 / (1 + MathF.Exp(-x)) * (float)(last - first)) + (float)first),
            BetaSchedule.Laplace => FromAlphaBar(count, LaplaceAlphaBar),
            BetaSchedule.Exponential => FromAlphaBar(count, t => Math.Exp(-12 * t)),
            _ => FromAlphaBar(count, t => Math.Pow(Math.Cos((t + 0.008) / 1.008 * Math.PI / 2), 2)),
        };
    }

    /// <summary>
    /// Shifts and stretches √ᾱ so that the last is 0 and the first stays ("Common Diffusion Noise Schedules and Sample Steps are Flawed", Lin et al. 2024, algorithm 1).
    /// </summary>
    public static float[] RescaleToZeroTerminalSnr(float[] betas)
    {
        float[] roots = Array.ConvertAll(CumulativeAlphas(betas), MathF.Sqrt);
        (float first, float last) = (roots[0], roots[^1]);
        float stretch = first / (first - last);
        float[] bars = Array.ConvertAll(roots, root => (root - last) * stretch * ((root - last) * stretch));
        float[] rescaled = new float[betas.Length];
        for (int i = 0; i < rescaled.Length; i++)
        {
            rescaled[i] = 1 - (i == 0 ? bars[0] : bars[i] / bars[i - 1]);
        }

        return rescaled;
    }

    /// <summary>ᾱ: torch multiplies in float64 and keeps float32.</summary>
    public static float[] CumulativeAlphas(float[] betas)
    {
        float[] products = new float[betas.Length];
        double product = 1;
        for (int i = 0; i < products.Length; i++)
        {
            product *= 1 - betas[i];
            products[i] = (float)product;
        }

        return products;
    }

    // torch.linspace: float32, counted from the nearer end.
    private static float[] Linspace(float first, float last, int count)
    {
        float[] values = new float[count];
        float step = count > 1 ? (last - first) / (count - 1) : 0;
        for (int i = 0; i < count; i++)
        {
            values[i] = i < count / 2 || count == 1 ? first + (step * i) : last - (step * (count - 1 - i));
        }

        return values;
    }

    private static float[] FromAlphaBar(int count, Func<double, double> alphaBar)
    {
        float[] betas = new float[count];
        for (int i = 0; i < count; i++)
        {
            betas[i] = (float)Math.Min(1 - (alphaBar((i + 1d) / count) / alphaBar((double)i / count)), LargestBeta);
        }

        return betas;
    }

    private static double LaplaceAlphaBar(double t)
    {
        double logSnr = -0.5 * Math.CopySign(1, 0.5 - t) * Math.Log(1 - (2 * Math.Abs(0.5 - t)) + 1e-6);
        double snr = Math.Exp(logSnr);
        return Math.Sqrt(snr / (1 + snr));
    }
}
