namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The ten-step schedules of "Align Your Steps: Optimizing Sampling Schedules in Diffusion Models" (Sabour, Fidler, Kreis 2024).</summary>
public static class AlignYourSteps
{
    /// <summary>Gets the timesteps for Stable Diffusion 1.5, for schedulers that take a list of timesteps.</summary>
    public static IReadOnlyList<int> Sd15Timesteps { get; } = [999, 850, 736, 645, 545, 455, 343, 233, 124, 24];

    /// <summary>Gets the noise levels for Stable Diffusion 1.5: ten steps, then the level at which the table ends (a run ends at 0 instead).</summary>
    public static IReadOnlyList<double> Sd15Sigmas { get; } = [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029];

    /// <summary>Gets the timesteps for Stable Diffusion XL, for schedulers that take a list of timesteps.</summary>
    public static IReadOnlyList<int> SdxlTimesteps { get; } = [999, 845, 730, 587, 443, 310, 193, 116, 53, 13];

    /// <summary>Gets the noise levels for Stable Diffusion XL: ten steps, then the level at which the table ends (a run ends at 0 instead).</summary>
    public static IReadOnlyList<double> SdxlSigmas { get; } = [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029];

    /// <summary>The levels of any number of steps: the table read evenly, linear in ln σ, without its end.</summary>
    internal static double[] Sigmas(IReadOnlyList<double> table, int steps)
    {
        double[] sigmas = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            double position = (double)i * (table.Count - 1) / steps;
            int low = Math.Min((int)position, table.Count - 2);
            double weight = position - low;
            sigmas[i] = weight == 0 ? table[low] : Math.Exp(((1 - weight) * Math.Log(table[low])) + (weight * Math.Log(table[low + 1])));
        }

        return sigmas;
    }
}
