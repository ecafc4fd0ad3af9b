namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Euler steps with ancestral noise: k-diffusion's sample_euler_ancestral (Crowson 2022), diffusers' EulerAncestralDiscreteScheduler.
/// </summary>
/// <remarks>
/// From σ to σ': σ_up² = σ'²·(σ² − σ'²)/σ², σ_down² = σ'² − σ_up², that is σ_down = σ'²/σ; x ← x + (x − x₀)/σ·(σ_down − σ) + σ_up·noise.
/// </remarks>
internal sealed class EulerAncestralDiscreteScheduler(SchedulerOptions options) : SigmaScheduler(options, rescalable: true)
{
    public static SchedulerOptions Defaults { get; } = new();

    /// <summary>Splits a step from σ to σ' into a deterministic step to Down and fresh noise of Up: Down² + Up² = σ'².</summary>
    public static (double Down, double Up) Split(double sigma, double next)
    {
        double down = next * next / sigma;
        return (down, Math.Sqrt(Math.Max((next * next) - (down * down), 0)));
    }

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : SigmaRun(setup)
    {
        private readonly float[] noise = new float[setup.SampleLength];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            double sigma = this.Schedule.Sigmas[this.Position];
            (double down, double up) = Split(sigma, this.Schedule.Sigmas[this.Position + 1]);
            (double Sample, double Output) weights = this.OriginalWeights(1, sigma);
            noise.NextNormal(this.noise);
            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, weights);
                this.Move(part, sample, sample, sample, sigma, down - sigma);
                LinearCombination.Apply(part.Of(sample), 1, part.Of(sample), up, part.Of(this.noise));
            }
        }
    }
}
