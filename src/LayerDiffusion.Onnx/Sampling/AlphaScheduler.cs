namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What schedulers that work with ᾱ at whole timesteps have in common: samples x = √ᾱ·x₀ + √(1−ᾱ)·ε.</summary>
internal abstract class AlphaScheduler : Scheduler
{
    private protected AlphaScheduler(SchedulerOptions options, bool rescalable = true)
        : base(options)
    {
        if (options.SigmaSpacing != SigmaSpacing.Model)
        {
            throw new ArgumentException($"{options.Type!.ClassName} has no noise levels to spread: {nameof(options.SigmaSpacing)} is {options.SigmaSpacing}, wanted {SigmaSpacing.Model}.", nameof(options));
        }

        this.Table = NoiseTable.Create(options, rescalable);
    }

    private protected NoiseTable Table { get; }

    private protected override Schedule Plan(int steps) => this.Arrange(TimestepList.Create(this.Options, steps, wholeNumbers: true), steps);

    /// <summary>Lays out the calls of the UNet, one per timestep.</summary>
    private protected Schedule Arrange(double[] timesteps, int steps)
    {
        Schedule schedule = new(Schedule.ToSingle(timesteps), i => Level(this.AlphaAt((int)timesteps[i]))) { Steps = steps };
        if (this.Options.PredictionType == PredictionType.Epsilon && schedule.Signal.Contains(0))
        {
            throw new ArgumentException(
                $"{nameof(SchedulerOptions.RescaleBetasZeroSnr)} leaves no signal at the first timestep, where {this.Options.Type!.ClassName} cannot tell x₀ from ε; wanted {PredictionType.VPrediction} or {PredictionType.Sample}.");
        }

        return schedule;
    }

    /// <summary>ᾱ at a timestep.</summary>
    private protected double AlphaAt(int timestep)
    {
        if (timestep >= this.Table.AlphasCumprod.Length)
        {
            throw new ArgumentException($"The first timestep is {timestep}, beyond the last training timestep, {this.Table.AlphasCumprod.Length - 1}; wanted a smaller {nameof(SchedulerOptions.StepsOffset)}.");
        }

        return this.Table.AlphasCumprod[timestep];
    }

    /// <summary>√ᾱ and √(1−ᾱ).</summary>
    private protected static (double Signal, double Noise) Level(double alpha) => (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
}
