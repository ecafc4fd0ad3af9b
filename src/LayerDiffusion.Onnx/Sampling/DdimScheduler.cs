namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Denoising diffusion implicit models (Song, Meng, Ermon 2021), equations 12 and 16; diffusers' DDIMScheduler.
/// </summary>
/// <remarks>
/// x ← √ᾱ'·x₀ + √(1 − ᾱ' − s²)·ε + s·noise with s = η·√((1−ᾱ')/(1−ᾱ)·(1−ᾱ/ᾱ')), where ᾱ' belongs to the timestep one stride further down.
/// </remarks>
internal sealed class DdimScheduler(SchedulerOptions options) : AlphaScheduler(options)
{
    public static SchedulerOptions Defaults { get; } = new() { TimestepSpacing = TimestepSpacing.Leading, ClipSample = true };

    private protected override SchedulerRun Start(RunSetup setup) => new Run(this, setup);

    private sealed class Run(DdimScheduler scheduler, RunSetup setup) : SchedulerRun(setup)
    {
        private readonly float[] noise = setup.Options.Eta > 0 ? new float[setup.SampleLength] : [];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            int timestep = (int)this.Schedule.Timesteps[this.Position];
            int previous = timestep - (this.Options.NumTrainTimesteps!.Value / this.Schedule.Steps);
            double alpha = scheduler.AlphaAt(timestep);
            double next = previous >= 0 ? scheduler.AlphaAt(previous) : this.Options.SetAlphaToOne == true ? 1 : scheduler.AlphaAt(0);
            (double signalNow, double noiseNow) = Level(alpha);
            double eta = this.Options.Eta!.Value;
            double random = eta * Math.Sqrt((1 - next) / (1 - alpha) * (1 - (alpha / next)));
            if (eta > 0)
            {
                noise.NextNormal(this.noise);
            }

            double direction = Math.Sqrt(Math.Max(1 - next - (random * random), 0));
            (double Sample, double Output) ofOriginal = this.OriginalWeights(signalNow, noiseNow);
            (double ofSample, double ofOutput) = this.NoiseWeights(signalNow, noiseNow);
            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, ofOriginal);
                this.LimitOriginal(part);
                LinearCombination.Apply(
                    part.Of(sample),
                    direction * ofSample,
                    part.Of(sample),
                    direction * ofOutput,
                    part.Of(modelOutput),
                    Math.Sqrt(next),
                    part.Of(this.Original),
                    random,
                    part.Of(this.noise));
            }
        }
    }
}
