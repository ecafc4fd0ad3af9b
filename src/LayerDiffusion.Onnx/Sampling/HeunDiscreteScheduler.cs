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

        private protected override void FirstCall(StepPart part, Span<float> sample, double sigma, double level)
        {
            this.ClipOriginal(part);
            LinearCombination.Apply(part.Of(this.derivative), 1 / sigma, part.Of(sample), -1 / sigma, part.Of(this.Original));
            base.FirstCall(part, sample, sigma, level);
        }

        private protected override void SecondCall(StepPart part, Span<float> sample, double sigma, double level, double next)
        {
            this.ClipOriginal(part);
            double half = (next - sigma) / 2;

            // x' − x₀' first: divided by a small σ', the two would lose to rounding what their difference holds.
            LinearCombination.Move(part.Of(this.derivative), part.Of(this.derivative), part.Of(sample), part.Of(this.Original), level, 1);
            LinearCombination.Apply(part.Of(sample), 1, part.Of(this.StepStart), half, part.Of(this.derivative));
        }

        private protected override void LastCall(StepPart part, Span<float> sample, double sigma)
        {
            this.ClipOriginal(part);
            base.LastCall(part, sample, sigma);
        }
    }
}
