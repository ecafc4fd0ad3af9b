namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Heun's method along the probability flow: Karras et al. 2022, algorithm 2; diffusers' HeunDiscreteScheduler.
/// </summary>
/// <remarks>
/// With d = (x − x₀)/σ: first x' = x + d·(σ'−σ), then with d' = (x' − x₀')/σ': x ← x + (d + d')/2·(σ'−σ).
/// </remarks>
internal sealed class HeunDiscreteScheduler(SchedulerOptions options) : TwoCallScheduler(options)
{
    public static SchedulerOptions Defaults { get; } = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    private protected override double SecondLevel(double sigma, double next) => next;

    private protected override double SecondTimestep(double level, double nextTimestep) => nextTimestep;

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : TwoCallRun(setup)
    {
        private readonly float[] derivative = new float[setup.SampleLength];

        private protected override void FirstCall(Span<float> sample, double sigma, double level, INoiseSource noise)
        {
            this.ClipOriginal();
            LinearCombination.Apply(this.derivative, 1 / sigma, sample, -1 / sigma, this.Original);
            base.FirstCall(sample, sigma, level, noise);
        }

        private protected override void SecondCall(Span<float> sample, double sigma, double level, double next, INoiseSource noise)
        {
            this.ClipOriginal();
            double half = (next - sigma) / 2;
            LinearCombination.Apply(sample, 1, this.StepStart, half, this.derivative, half / level, sample, -half / level, this.Original);
        }

        private protected override void LastCall(Span<float> sample, double sigma)
        {
            this.ClipOriginal();
            base.LastCall(sample, sigma);
        }
    }
}
