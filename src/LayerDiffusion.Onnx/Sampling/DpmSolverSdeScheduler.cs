namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// "DPM++ SDE": a stochastic DPM-Solver++ with a midpoint call, k-diffusion's sample_dpmpp_sde; diffusers' DPMSolverSDEScheduler.
/// </summary>
/// <remarks>
/// With σₘ = √(σ·σ'), first to σₘ with x₀, then from the start to σ' with x₀': x ← r·x + (1 − r)·x₀ + σ_up·s·noise, r = σ_down/σ,
/// where σ_down and σ_up split the target level as in <see cref="EulerAncestralDiscreteScheduler"/>. The noise is the Brownian increment between the levels.
/// </remarks>
internal sealed class DpmSolverSdeScheduler(SchedulerOptions options) : TwoCallScheduler(options)
{
    public static SchedulerOptions Defaults { get; } = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    private protected override double SecondLevel(double sigma, double next) => Math.Sqrt(sigma * next);

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : TwoCallRun(setup)
    {
        private readonly float[] noise = new float[setup.SampleLength];

        private protected override void Draw(INoiseSource noise, bool isSecond, double sigma, double target) => noise.NextBrownian(this.noise, sigma, target);

        private protected override void FirstCall(StepPart part, Span<float> sample, double sigma, double level) => this.MoveTo(part, sample, sigma, level);

        private protected override void SecondCall(StepPart part, Span<float> sample, double sigma, double level, double next) => this.MoveTo(part, sample, sigma, next);

        private void MoveTo(StepPart part, Span<float> sample, double sigma, double target)
        {
            (double down, double up) = EulerAncestralDiscreteScheduler.Split(sigma, target);
            double ratio = down / sigma;
            LinearCombination.Apply(
                part.Of(sample),
                ratio,
                part.Of(this.StepStart),
                1 - ratio,
                part.Of(this.Original),
                up * this.Options.SNoise!.Value,
                part.Of(this.noise));
        }
    }
}
