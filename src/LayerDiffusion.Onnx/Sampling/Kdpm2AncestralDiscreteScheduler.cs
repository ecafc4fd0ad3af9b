namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// DPM2 with ancestral noise: k-diffusion's sample_dpm_2_ancestral; diffusers' KDPM2AncestralDiscreteScheduler.
/// </summary>
/// <remarks>
/// As <see cref="Kdpm2DiscreteScheduler"/>, but the step ends at σ_down (see <see cref="EulerAncestralDiscreteScheduler"/>), σₘ = √(σ·σ_down) = σ', and σ_up·noise is added.
/// </remarks>
internal sealed class Kdpm2AncestralDiscreteScheduler(SchedulerOptions options) : TwoCallScheduler(options)
{
    public static SchedulerOptions Defaults { get; } = new() { BetaStart = 0.00085, BetaEnd = 0.012 };

    private protected override int TrailingZeros => 3;

    private protected override double[] TimestepsOf(double[] sigmas) => Kdpm2DiscreteScheduler.RoundKarras(this.Options, base.TimestepsOf(sigmas));

    private protected override double SecondLevel(double sigma, double next) => next;

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : TwoCallRun(setup)
    {
        private readonly float[] noise = new float[setup.SampleLength];

        private protected override void Draw(INoiseSource noise, bool isSecond, double sigma, double target)
        {
            if (isSecond)
            {
                noise.NextNormal(this.noise);
            }
        }

        private protected override void SecondCall(StepPart part, Span<float> sample, double sigma, double level, double next)
        {
            (double down, double up) = EulerAncestralDiscreteScheduler.Split(sigma, next);
            this.Move(part, sample, this.StepStart, sample, level, down - sigma);
            LinearCombination.Apply(part.Of(sample), 1, part.Of(sample), up, part.Of(this.noise));
        }
    }
}
