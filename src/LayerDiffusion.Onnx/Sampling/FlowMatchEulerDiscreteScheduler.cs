namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Euler steps for flow-matching models (Lipman et al. 2023; Esser et al. 2024, "Scaling Rectified Flow Transformers"): samples x = (1−σ)·x₀ + σ·noise, predicted noise − x₀;
/// diffusers' FlowMatchEulerDiscreteScheduler.
/// </summary>
/// <remarks>
/// x ← x + (σ'−σ)·output; sampled stochastically x ← (1−σ')·x₀ + σ'·noise with x₀ = x − σ·output. Levels are shifted by s·σ/(1 + (s−1)·σ), or dynamically by
/// e^μ/(e^μ + 1/σ − 1) or μ/(μ + 1/σ − 1). A list of noise levels is taken as it is, without shifting.
/// </remarks>
internal sealed class FlowMatchEulerDiscreteScheduler : Scheduler
{
    public FlowMatchEulerDiscreteScheduler(SchedulerOptions options)
        : base(options)
    {
        if (options.UseDynamicShifting == true && options.DynamicShiftMu is null)
        {
            throw new ArgumentException($"{nameof(options.UseDynamicShifting)} is on, but {nameof(options.DynamicShiftMu)} is not set.", nameof(options));
        }

        if (options.SigmaSpacing is SigmaSpacing.AlignYourStepsSd15 or SigmaSpacing.AlignYourStepsSdxl)
        {
            throw new ArgumentException($"Flow-match levels lie between 0 and 1: {nameof(options.SigmaSpacing)} cannot be {options.SigmaSpacing}.", nameof(options));
        }
    }

    public static SchedulerOptions Defaults { get; } = new();

    private protected override Schedule Plan(int steps)
    {
        // The training table's ends are shifted once, and the levels between them again: the reference does both.
        int train = this.Options.NumTrainTimesteps!.Value;
        bool isDynamic = this.Options.UseDynamicShifting == true;
        (double largest, double smallest) = isDynamic ? (1d, 1d / train) : (this.Shift(1), this.Shift(1d / train));
        (largest, smallest) = ((float)largest, (float)smallest);
        double[] sigmas = SigmaList.Ramp(steps, ramp => this.Shift(largest + (ramp * (smallest - largest))));
        if (this.Options.ShiftTerminal is double terminal && terminal > 0 && sigmas[^1] < 1)
        {
            double stretch = (1 - sigmas[^1]) / (1 - terminal);
            sigmas = Array.ConvertAll(sigmas, sigma => 1 - ((1 - sigma) / stretch));
        }

        if (this.Options.SigmaSpacing != SigmaSpacing.Model)
        {
            sigmas = SigmaList.Create(this.Options, sigmas[0], sigmas[^1], steps);
        }

        bool isInverted = this.Options.InvertSigmas == true;
        return this.PlanSigmas(isInverted ? [.. sigmas.Select(sigma => 1 - sigma), 1] : [.. sigmas, 0]);
    }

    private protected override Schedule PlanSigmas(double[] sigmas)
    {
        if (sigmas[0] > 1)
        {
            throw new ArgumentOutOfRangeException(nameof(sigmas), sigmas[0], "Flow-match levels lie between 0 and 1.");
        }

        float[] levels = Schedule.ToSingle(sigmas);
        float train = this.Options.NumTrainTimesteps!.Value;
        return new Schedule(Array.ConvertAll(levels[..^1], level => level * train), i => (1 - (double)levels[i], levels[i]))
        {
            Sigmas = levels,
            Steps = levels.Length - 1,
        };
    }

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private double Shift(double sigma)
    {
        if (this.Options.UseDynamicShifting != true)
        {
            double shift = this.Options.Shift!.Value;
            return shift * sigma / (1 + ((shift - 1) * sigma));
        }

        double mu = this.Options.DynamicShiftMu!.Value;
        double strength = this.Options.TimeShiftType == TimeShiftType.Exponential ? Math.Exp(mu) : mu;
        return strength / (strength + ((1 / sigma) - 1));
    }

    private sealed class Run(RunSetup setup) : SchedulerRun(setup)
    {
        private readonly float[] noise = setup.Options.StochasticSampling == true ? new float[setup.SampleLength] : [];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            double sigma = this.Schedule.Sigmas[this.Position];
            double next = this.Schedule.Sigmas[this.Position + 1];
            bool isStochastic = this.noise.Length > 0;
            if (isStochastic)
            {
                noise.NextNormal(this.noise);
            }

            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, (1, -sigma));
                if (isStochastic)
                {
                    LinearCombination.Apply(part.Of(sample), 1 - next, part.Of(this.Original), next, part.Of(this.noise));
                }
                else
                {
                    LinearCombination.Apply(part.Of(sample), 1, part.Of(sample), next - sigma, part.Of(modelOutput));
                }
            }
        }
    }
}
