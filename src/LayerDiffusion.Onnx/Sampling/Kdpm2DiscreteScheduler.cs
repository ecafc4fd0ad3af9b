namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// DPM2, a midpoint method after DPM-Solver-2 (Lu et al. 2022) in k-diffusion's form sample_dpm_2; diffusers' KDPM2DiscreteScheduler.
/// </summary>
/// <remarks>
/// With σₘ = √(σ·σ'): first x' = x + (x − x₀)/σ·(σₘ−σ), then x ← x + (x' − x₀')/σₘ·(σ'−σ).
/// </remarks>
internal sealed class Kdpm2DiscreteScheduler(SchedulerOptions options) : TwoCallScheduler(options)
{
    public static SchedulerOptions Defaults { get; } = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    private protected override int TrailingZeros => 3;

    /// <summary>Timesteps of Karras levels are rounded, unlike others.</summary>
    public static double[] RoundKarras(SchedulerOptions options, double[] timesteps) =>
        options.SigmaSpacing == SigmaSpacing.Karras ? Array.ConvertAll(timesteps, timestep => Math.Round(timestep, MidpointRounding.ToEven)) : timesteps;

    private protected override double[] TimestepsOf(double[] sigmas) => RoundKarras(this.Options, base.TimestepsOf(sigmas));

    private protected override double SecondLevel(double sigma, double next) => Math.Sqrt(sigma * next);

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : TwoCallRun(setup)
    {
        private protected override void SecondCall(StepPart part, Span<float> sample, double sigma, double level, double next) =>
            this.Move(part, sample, this.StepStart, sample, level, next - sigma);
    }
}
