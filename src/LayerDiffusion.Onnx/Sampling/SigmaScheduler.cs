namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What the k-diffusion family has in common: samples x = x₀ + σ·ε and a list of noise levels σ that falls to 0.</summary>
internal abstract class SigmaScheduler : Scheduler
{
    private protected SigmaScheduler(SchedulerOptions options, bool rescalable = false)
        : base(options)
    {
        // With zero terminal SNR the last ᾱ would make σ infinite; diffusers puts the smallest float16 in its place.
        this.Table = NoiseTable.Create(options, rescalable, smallestAlpha: MathF.Pow(2, -24));
    }

    private protected NoiseTable Table { get; }

    private protected override Schedule Plan(int steps)
    {
        double[] timesteps = TimestepList.Create(this.Options, steps, wholeNumbers: false);
        double[] sigmas = Array.ConvertAll(timesteps, timestep => this.Table.SigmaAt((float)timestep));
        if (this.Options.SigmaSpacing != SigmaSpacing.Model)
        {
            sigmas = SigmaList.Create(this.Options, sigmas[0], sigmas[^1], steps);
            timesteps = this.TimestepsOf(sigmas);
        }

        return this.Arrange(timesteps, [.. sigmas, this.LastSigma()]);
    }

    private protected override Schedule PlanTimesteps(double[] timesteps)
    {
        if (this.Options.SigmaSpacing != SigmaSpacing.Model)
        {
            throw new ArgumentException($"A list of timesteps leaves no room for {this.Options.SigmaSpacing} sigmas.", nameof(timesteps));
        }

        return this.Arrange(timesteps, [.. timesteps.Select(this.Table.SigmaAt), this.LastSigma()]);
    }

    private protected override Schedule PlanSigmas(double[] sigmas) => this.Arrange(this.TimestepsOf(sigmas[..^1]), sigmas);

    /// <summary>The timesteps of noise levels.</summary>
    private protected virtual double[] TimestepsOf(double[] sigmas) => Array.ConvertAll(sigmas, this.Table.TimestepAt);

    /// <summary>The noise level at which the last step ends.</summary>
    private protected virtual double LastSigma() => 0;

    /// <summary>Lays out the calls of the UNet: here one per step.</summary>
    /// <param name="timesteps">One per step.</param>
    /// <param name="sigmas">One per step and the last.</param>
    private protected virtual Schedule Arrange(double[] timesteps, double[] sigmas)
    {
        float[] levels = Schedule.ToSingle(sigmas);
        return new Schedule(Schedule.ToSingle(timesteps), Schedule.VarianceExploding(levels))
        {
            Sigmas = levels,
            Steps = timesteps.Length,
            InitialNoiseScale = this.InitialScale(levels),
        };
    }

    /// <summary>The initial noise's factor: the first level; with leading spacing, whose first level is far below the largest, also the signal's share.</summary>
    private protected float InitialScale(float[] sigmas) =>
        this.Options.TimestepSpacing == TimestepSpacing.Leading ? MathF.Sqrt((sigmas[0] * sigmas[0]) + 1) : sigmas[0];

    /// <summary>What the runs of the family have in common.</summary>
    internal abstract class SigmaRun(RunSetup setup) : SchedulerRun(setup)
    {
        // The UNet sees samples of unit variance.
        private protected override double InputScale(int position)
        {
            double sigma = this.Schedule.ModelSigma[position];
            return 1 / Math.Sqrt((sigma * sigma) + 1);
        }
    }
}
