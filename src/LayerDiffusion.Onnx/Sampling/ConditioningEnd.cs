namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Where in the noise schedule a condition stops to act (the web UI extension's "stop at", "ending step").</summary>
internal static class ConditioningEnd
{
    /// <summary>The noise level below which the base UNet takes over.</summary>
    /// <param name="options">The scheduler, with nothing left open.</param>
    /// <param name="fraction">
    /// Of the training timesteps, from the noisiest on, so that it does not depend on the number of steps: 1 keeps the condition to the end, 0 never applies it.
    /// </param>
    /// <returns>σ at timestep (1 − fraction)·(N − 1), between two training timesteps linear in ln σ; 0 for 1, infinity for 0.</returns>
    public static double NoiseLevel(SchedulerOptions options, double fraction)
    {
        if (fraction >= 1)
        {
            return 0;
        }

        return fraction <= 0
            ? double.PositiveInfinity
            : NoiseTable.Create(options, rescalable: true).LogLinearSigmaAt((1 - fraction) * (options.NumTrainTimesteps!.Value - 1));
    }
}
