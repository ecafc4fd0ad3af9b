namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Denoising diffusion probabilistic models (Ho, Jain, Abbeel 2020), equations 6 and 7; diffusers' DDPMScheduler.
/// </summary>
/// <remarks>
/// With α = ᾱ/ᾱ' between two timesteps and β = 1 − α: x ← √ᾱ'·β/(1−ᾱ)·x₀ + √α·(1−ᾱ')/(1−ᾱ)·x + √v·noise, v by <see cref="VarianceType"/>.
/// </remarks>
internal sealed class DdpmScheduler(SchedulerOptions options) : AlphaScheduler(options)
{
    private const double SmallestVariance = 1e-20;

    public static SchedulerOptions Defaults { get; } = new() { TimestepSpacing = TimestepSpacing.Leading, ClipSample = true };

    private protected override Schedule PlanTimesteps(double[] timesteps) => this.Arrange(timesteps, timesteps.Length);

    private protected override SchedulerRun Start(RunSetup setup) => new Run(this, setup);

    private sealed class Run(DdpmScheduler scheduler, RunSetup setup) : SchedulerRun(setup)
    {
        private readonly float[] noise = new float[setup.SampleLength];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            int timestep = (int)this.Schedule.Timesteps[this.Position];
            double alpha = scheduler.AlphaAt(timestep);
            double next = this.Position + 1 < this.Schedule.Timesteps.Length ? scheduler.AlphaAt((int)this.Schedule.Timesteps[this.Position + 1]) : 1;
            double between = alpha / next;
            double beta = 1 - between;
            (double signalNow, double noiseNow) = Level(alpha);
            double deviation = 0;
            if (timestep > 0)
            {
                double small = Math.Max((1 - next) / (1 - alpha) * beta, SmallestVariance);
                deviation = Math.Sqrt(this.Options.VarianceType == VarianceType.FixedLarge ? beta : small);
                noise.NextNormal(this.noise);
            }

            (double Sample, double Output) weights = this.OriginalWeights(signalNow, noiseNow);
            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, weights);
                this.LimitOriginal(part);
                LinearCombination.Apply(
                    part.Of(sample),
                    Math.Sqrt(between) * (1 - next) / (1 - alpha),
                    part.Of(sample),
                    Math.Sqrt(next) * beta / (1 - alpha),
                    part.Of(this.Original),
                    deviation,
                    part.Of(this.noise));
            }
        }
    }
}
