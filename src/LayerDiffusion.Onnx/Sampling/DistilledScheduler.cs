namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What LCM and TCD have in common: a few timesteps out of the list that the model was distilled for.</summary>
internal abstract class DistilledScheduler : AlphaScheduler
{
    private protected DistilledScheduler(SchedulerOptions options)
        : base(options)
    {
        if (options.OriginalInferenceSteps > options.NumTrainTimesteps)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                $"{nameof(options.OriginalInferenceSteps)} is {options.OriginalInferenceSteps}, wanted 1 to {nameof(options.NumTrainTimesteps)}, {options.NumTrainTimesteps}.");
        }
    }

    private protected override Schedule Plan(int steps)
    {
        int original = this.Options.OriginalInferenceSteps!.Value;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, original);
        int stride = this.Options.NumTrainTimesteps!.Value / original;
        double[] timesteps = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            int fromNoisiest = (int)Math.Floor(i * ((double)original / steps));
            timesteps[i] = ((original - fromNoisiest) * stride) - 1;
        }

        return this.Arrange(timesteps, steps);
    }

    private protected override Schedule PlanTimesteps(double[] timesteps) => this.Arrange(timesteps, timesteps.Length);
}
