namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Trajectory consistency distillation (Zheng et al. 2024), algorithm 4, "strategic stochastic sampling"; diffusers' TCDScheduler.
/// </summary>
/// <remarks>
/// With s = ⌊(1−γ)·t'⌋ below the next timestep t': y = √ᾱₛ·x₀ + √(1−ᾱₛ)·ε, then x ← √(ᾱ'/ᾱₛ)·y + √(1 − ᾱ'/ᾱₛ)·noise; γ is <see cref="SchedulerOptions.Eta"/>.
/// After the last step, where t' is 0, and with γ = 0 it is y itself.
/// </remarks>
internal sealed class TcdScheduler(SchedulerOptions options) : DistilledScheduler(options)
{
    public static SchedulerOptions Defaults { get; } = LcmScheduler.Defaults with { Eta = 0.3 };

    private protected override SchedulerRun Start(RunSetup setup) => new Run(this, setup);

    private sealed class Run(TcdScheduler scheduler, RunSetup setup) : SchedulerRun(setup)
    {
        private readonly float[] noise = new float[setup.SampleLength];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            int position = this.Position;
            bool isLast = position + 1 == this.Schedule.Timesteps.Length;
            int next = isLast ? 0 : (int)this.Schedule.Timesteps[position + 1];
            double eta = this.Options.Eta!.Value;
            double below = scheduler.AlphaAt((int)MathF.Floor((float)(1 - eta) * next));
            (double signal, double spread) = (this.Schedule.Signal[position], this.Schedule.Noise[position]);
            double kept = 1;
            if (eta > 0 && !isLast)
            {
                kept = scheduler.AlphaAt(next) / below;
                noise.NextNormal(this.noise);
            }

            (double Sample, double Output) ofOriginal = this.OriginalWeights(signal, spread);
            (double ofSample, double ofOutput) = this.NoiseWeights(signal, spread);
            (double belowSignal, double belowNoise) = Level(below);
            double scale = Math.Sqrt(kept);
            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, ofOriginal);
                LinearCombination.Apply(
                    part.Of(sample),
                    scale * belowNoise * ofSample,
                    part.Of(sample),
                    scale * belowNoise * ofOutput,
                    part.Of(modelOutput),
                    scale * belowSignal,
                    part.Of(this.Original),
                    Math.Sqrt(Math.Max(1 - kept, 0)),
                    part.Of(this.noise));
            }
        }
    }
}
