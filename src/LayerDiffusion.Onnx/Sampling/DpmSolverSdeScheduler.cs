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

        private protected override void FirstCall(Span<float> sample, double sigma, double level, INoiseSource noise) => this.MoveTo(sample, sigma, level, noise);

        private protected override void SecondCall(Span<float> sample, double sigma, double level, double next, INoiseSource noise) => this.MoveTo(sample, sigma, next, noise);

        private void MoveTo(Span<float> sample, double sigma, double target, INoiseSource noise)
        {
            (double down, double up) = EulerAncestralDiscreteScheduler.Split(sigma, target);
            double ratio = down / sigma;
            noise.NextBrownian(this.noise, sigma, target);
            LinearCombination.Apply(sample, ratio, this.StepStart, 1 - ratio, this.Original, up * this.Options.SNoise!.Value, this.noise);
        }
    }
}
