namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Euler steps along the probability flow: Karras et al. 2022, "Elucidating the Design Space of Diffusion-Based Generative Models", algorithm 2 without
/// its second-order correction; diffusers' EulerDiscreteScheduler.
/// </summary>
/// <remarks>
/// With churn the sample is first noised from σ to σ̂ = σ·(1+γ). Then x ← x + (x − x₀)/σ̂ · (σ' − σ̂), that is σ'/σ̂·x + (1 − σ'/σ̂)·x₀.
/// </remarks>
internal sealed class EulerDiscreteScheduler(SchedulerOptions options) : SigmaScheduler(options, rescalable: true)
{
    public static SchedulerOptions Defaults { get; } = new();

    private bool IsContinuous => this.Options.TimestepType == TimestepType.Continuous && this.Options.PredictionType == PredictionType.VPrediction;

    private protected override Schedule Plan(int steps)
    {
        if (this.Options.InterpolationType != SigmaInterpolation.LogLinear)
        {
            return base.Plan(steps);
        }

        // One level more than steps and then the last level: the timesteps belong to the first levels, the last level is never reached.
        double[] timesteps = TimestepList.Create(this.Options, steps, wholeNumbers: false);
        (double largest, double smallest) = (Math.Log(this.Table.Sigmas[^1]), Math.Log(this.Table.Sigmas[0]));
        double[] sigmas = SigmaList.Ramp(steps + 1, ramp => Math.Exp(largest + (ramp * (smallest - largest))));
        if (this.Options.SigmaSpacing != SigmaSpacing.Model)
        {
            sigmas = SigmaList.Create(this.Options, sigmas[0], sigmas[^1], steps);
            timesteps = this.TimestepsOf(sigmas);
        }

        return this.Arrange(timesteps, [.. sigmas, this.LastSigma()]);
    }

    private protected override Schedule Arrange(double[] timesteps, double[] sigmas)
    {
        return base.Arrange(this.IsContinuous ? Array.ConvertAll(sigmas[..timesteps.Length], sigma => 0.25 * Math.Log(sigma)) : timesteps, sigmas);
    }

    private protected override double LastSigma() => this.Options.FinalSigma == FinalSigmaRule.SigmaMin ? this.Table.Sigmas[0] : 0;

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : SigmaRun(setup)
    {
        private readonly float[] noise = setup.Options.SChurn > 0 ? new float[setup.SampleLength] : [];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            double sigma = this.Schedule.Sigmas[this.Position];
            double next = this.Schedule.Sigmas[this.Position + 1];
            double churn = sigma >= this.Options.STmin && sigma <= this.Options.STmax
                ? Math.Min(this.Options.SChurn!.Value / (this.Schedule.Sigmas.Length - 1), Math.Sqrt(2) - 1)
                : 0;
            double noised = sigma * (churn + 1);
            if (churn > 0)
            {
                noise.NextNormal(this.noise);
                LinearCombination.Apply(sample, 1, sample, this.Options.SNoise!.Value * Math.Sqrt((noised * noised) - (sigma * sigma)), this.noise);
            }

            // Like the reference, velocity is read at the level before churn.
            this.PredictOriginal(modelOutput, sample, 1, this.Options.PredictionType == PredictionType.VPrediction ? sigma : noised);
            LinearCombination.Apply(sample, next / noised, sample, 1 - (next / noised), this.Original);
        }
    }
}
