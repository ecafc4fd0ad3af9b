namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// What DPM-Solver, UniPC and DEIS have in common: samples x = α·x₀ + σ·ε with α² + σ² = 1, known by the ratio σ/α, whole timesteps, and a list of those
/// ratios that may be spread over the whole training table.
/// </summary>
internal abstract class DpmScheduler : Scheduler
{
    private protected DpmScheduler(SchedulerOptions options, bool rescalable = false)
        : base(options)
    {
        // With zero terminal SNR the last ᾱ would make the ratio infinite; diffusers puts the smallest float16 in its place.
        this.Table = NoiseTable.Create(options, rescalable, smallestAlpha: MathF.Pow(2, -24));
    }

    private protected NoiseTable Table { get; }

    private protected override Schedule Plan(int steps)
    {
        if (this.Options.SigmaSpacing == SigmaSpacing.Model)
        {
            return this.PlanTimesteps(this.SpreadTimesteps(steps));
        }

        double[] sigmas = SigmaList.Create(this.Options, this.Table.Sigmas[^1], this.Table.Sigmas[0], steps);
        return Arrange(Array.ConvertAll(sigmas, this.TimestepOf), [.. sigmas, this.LastSigma(sigmas[^1])]);
    }

    private protected override Schedule PlanTimesteps(double[] timesteps)
    {
        if (this.Options.SigmaSpacing != SigmaSpacing.Model)
        {
            throw new ArgumentException($"A list of timesteps leaves no room for {this.Options.SigmaSpacing} sigmas.", nameof(timesteps));
        }

        double[] whole = Array.ConvertAll(timesteps, Math.Truncate);
        return Arrange(whole, [.. whole.Select(this.Table.SigmaAt), this.LastSigma(this.Table.Sigmas[0])]);
    }

    private protected override Schedule PlanSigmas(double[] sigmas) => Arrange(Array.ConvertAll(sigmas[..^1], this.TimestepOf), sigmas);

    /// <summary>The timesteps of the model's own spacing.</summary>
    private protected virtual double[] SpreadTimesteps(int steps) => TimestepList.CreateWithoutLast(this.Options, steps, this.UsableTimesteps());

    /// <summary>Whether timesteps of Karras and similar levels are rounded before they are cut to whole numbers.</summary>
    private protected virtual bool RoundsTimesteps => true;

    /// <summary>The level at which the last step ends.</summary>
    /// <param name="smallest">The smallest level of the spacing.</param>
    private protected virtual double LastSigma(double smallest) => this.Options.FinalSigma == FinalSigmaRule.SigmaMin ? this.Table.Sigmas[0] : 0;

    /// <summary>How many training timesteps, from the least noisy, have a λ = −ln(σ/α) that is not clipped.</summary>
    private protected int UsableTimesteps()
    {
        int usable = this.Table.Sigmas.Length;
        while (usable > 1 && -Math.Log(this.Table.Sigmas[usable - 1]) < this.Options.LambdaMinClipped)
        {
            usable--;
        }

        return usable;
    }

    private static Schedule Arrange(double[] timesteps, double[] sigmas)
    {
        float[] levels = Schedule.ToSingle(sigmas);
        return new Schedule(Schedule.ToSingle(timesteps), Schedule.VariancePreserving(levels)) { Sigmas = levels, Steps = timesteps.Length };
    }

    // Exponential and beta levels' timesteps are cut, not rounded, in the reference.
    private double TimestepOf(double sigma)
    {
        double timestep = this.Table.TimestepAt(sigma);
        bool rounds = this.RoundsTimesteps && this.Options.SigmaSpacing is not (SigmaSpacing.Exponential or SigmaSpacing.Beta);
        return Math.Truncate(rounds ? Math.Round(timestep, MidpointRounding.ToEven) : timestep);
    }
}
