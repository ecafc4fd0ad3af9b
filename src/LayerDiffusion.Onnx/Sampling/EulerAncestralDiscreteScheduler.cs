namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Euler steps with ancestral noise: k-diffusion's sample_euler_ancestral (Crowson 2022), diffusers' EulerAncestralDiscreteScheduler.
/// </summary>
/// <remarks>
/// From σ to σ': σ_up² = σ'²·(σ² − σ'²)/σ², σ_down² = σ'² − σ_up²; x ← σ_down/σ·x + (1 − σ_down/σ)·x₀ + σ_up·noise.
/// </remarks>
internal sealed class EulerAncestralDiscreteScheduler(SchedulerOptions options) : SigmaScheduler(options, rescalable: true)
{
    public static SchedulerOptions Defaults { get; } = new();

    /// <summary>Splits a step from σ to σ' into a deterministic step to Down and fresh noise of Up: Down² + Up² = σ'².</summary>
    public static (double Down, double Up) Split(double sigma, double next)
    {
        double up = Math.Sqrt(next * next * ((sigma * sigma) - (next * next)) / (sigma * sigma));
        return (Math.Sqrt((next * next) - (up * up)), up);
    }

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : SigmaRun(setup)
    {
        private readonly float[] noise = new float[setup.SampleLength];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            double sigma = this.Schedule.Sigmas[this.Position];
            (double down, double up) = Split(sigma, this.Schedule.Sigmas[this.Position + 1]);
            this.PredictOriginal(modelOutput, sample, 1, sigma);
            noise.NextNormal(this.noise);
            LinearCombination.Apply(sample, down / sigma, sample, 1 - (down / sigma), this.Original, up, this.noise);
        }
    }
}
