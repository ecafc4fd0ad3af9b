namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Latent consistency models (Luo et al. 2023), algorithm 2; diffusers' LCMScheduler.
/// </summary>
/// <remarks>
/// The boundary conditions, with τ = timestep · scaling: x̂ = τ/√(τ²+¼)·x₀ + ¼/(τ²+¼)·x. Then x ← √ᾱ'·x̂ + √(1−ᾱ')·noise, after the last step x̂ itself.
/// </remarks>
internal sealed class LcmScheduler(SchedulerOptions options) : DistilledScheduler(options)
{
    // σ_data² of the paper.
    private const double DataVariance = 0.25;

    public static SchedulerOptions Defaults { get; } = new()
    {
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        BetaSchedule = BetaSchedule.ScaledLinear,
        TimestepSpacing = TimestepSpacing.Leading,
    };

    private protected override SchedulerRun Start(RunSetup setup) => new Run(this, setup);

    private sealed class Run(LcmScheduler scheduler, RunSetup setup) : SchedulerRun(setup)
    {
        private readonly float[] noise = new float[setup.SampleLength];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            int position = this.Position;
            double time = this.Schedule.Timesteps[position] * this.Options.TimestepScaling!.Value;
            double spread = (time * time) + DataVariance;
            (double nextSignal, double nextNoise) = (1, 0);
            if (position + 1 < this.Schedule.Timesteps.Length)
            {
                (nextSignal, nextNoise) = Level(scheduler.AlphaAt((int)this.Schedule.Timesteps[position + 1]));
                noise.NextNormal(this.noise);
            }

            (double Sample, double Output) weights = this.OriginalWeights(this.Schedule.Signal[position], this.Schedule.Noise[position]);
            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, weights);
                this.LimitOriginal(part);
                Span<float> original = part.Of(this.Original);
                LinearCombination.Apply(original, time / Math.Sqrt(spread), original, DataVariance / spread, part.Of(sample));
                LinearCombination.Apply(part.Of(sample), nextSignal, original, nextNoise, part.Of(this.noise));
            }
        }
    }
}
