namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Spreads noise levels between the largest and the smallest, largest first.</summary>
internal static class SigmaList
{
    private const double BetaShape = 0.6;

    /// <summary>The levels of one spacing; not for <see cref="SigmaSpacing.Model"/>, which the timesteps decide.</summary>
    /// <param name="options">Complete options: spacing, ρ, and the ends where they are set.</param>
    /// <param name="largest">Level of the first step, unless the options say otherwise.</param>
    /// <param name="smallest">Level of the last step, unless the options say otherwise.</param>
    /// <param name="steps">Number of levels.</param>
    public static double[] Create(SchedulerOptions options, double largest, double smallest, int steps)
    {
        (double max, double min) = (options.SigmaMax ?? largest, options.SigmaMin ?? smallest);
        switch (options.SigmaSpacing!.Value)
        {
            case SigmaSpacing.Karras:
                double rho = options.Rho!.Value;
                (double maxRoot, double minRoot) = (Math.Pow(max, 1 / rho), Math.Pow(min, 1 / rho));
                return Ramp(steps, ramp => Math.Pow(maxRoot + (ramp * (minRoot - maxRoot)), rho));
            case SigmaSpacing.Beta:
                return Ramp(steps, ramp => min + (BetaDistribution.Quantile(1 - ramp, BetaShape) * (max - min)));
            case SigmaSpacing.AlignYourStepsSd15:
                return AlignYourSteps.Sigmas(AlignYourSteps.Sd15Sigmas, steps);
            case SigmaSpacing.AlignYourStepsSdxl:
                return AlignYourSteps.Sigmas(AlignYourSteps.SdxlSigmas, steps);
            default:
                (double maxLog, double minLog) = (Math.Log(max), Math.Log(min));
                return Ramp(steps, ramp => Math.Exp(maxLog + (ramp * (minLog - maxLog))));
        }
    }

    /// <summary>Values of a function at 0, …, 1 in even steps; at 0 alone when there is one step.</summary>
    public static double[] Ramp(int steps, Func<double, double> function)
    {
        double[] values = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            values[i] = function(steps > 1 ? (double)i / (steps - 1) : 0);
        }

        return values;
    }
}
