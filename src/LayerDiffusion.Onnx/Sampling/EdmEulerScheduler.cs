namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Euler steps for models trained with EDM preconditioning: Karras et al. 2022, equation 7 and table 1; diffusers' EDMEulerScheduler.
/// </summary>
/// <remarks>
/// The UNet sees x/√(σ²+s²) and the timestep ¼·ln σ, with s the data's standard deviation; x₀ = s²/(σ²+s²)·x ± σ·s/√(σ²+s²)·output, minus for velocities.
/// <see cref="EulerRun"/> has the step.
/// </remarks>
internal sealed class EdmEulerScheduler : Scheduler
{
    public EdmEulerScheduler(SchedulerOptions options)
        : base(options)
    {
        if (options.SigmaSpacing is SigmaSpacing.Model or SigmaSpacing.LuLambdas)
        {
            throw new ArgumentException($"EDM models have no training table: {nameof(options.SigmaSpacing)} is {options.SigmaSpacing}, wanted {SigmaSpacing.Karras} or {SigmaSpacing.Exponential}.", nameof(options));
        }
    }

    public static SchedulerOptions Defaults { get; } = new() { SigmaSpacing = SigmaSpacing.Karras, SigmaMin = 0.002, SigmaMax = 80 };

    private protected override Schedule Plan(int steps)
    {
        double[] sigmas = SigmaList.Create(this.Options, this.Options.SigmaMax!.Value, this.Options.SigmaMin!.Value, steps);
        return this.PlanSigmas([.. sigmas, this.Options.FinalSigma == FinalSigmaRule.SigmaMin ? sigmas[^1] : 0]);
    }

    private protected override Schedule PlanSigmas(double[] sigmas)
    {
        float[] levels = Schedule.ToSingle(sigmas);
        double largest = this.Options.SigmaMax!.Value;
        return new Schedule(Schedule.ToSingle(Array.ConvertAll(levels[..^1], level => 0.25 * Math.Log(level))), Schedule.VarianceExploding(levels))
        {
            Sigmas = levels,
            Steps = levels.Length - 1,
            InitialNoiseScale = (float)Math.Sqrt((largest * largest) + 1),
        };
    }

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : EulerRun(setup)
    {
        private readonly double data = setup.Options.SigmaData!.Value;

        private protected override float InputDivisor(int position) => (float)this.Spread(this.Schedule.Sigmas[position]);

        private protected override (double Sample, double Output) WeightsAt(double sigma, double noised)
        {
            double spread = this.Spread(noised);
            double sign = this.Options.PredictionType == PredictionType.VPrediction ? -1 : 1;
            return (this.data * this.data / (spread * spread), sign * noised * this.data / spread);
        }

        private double Spread(double sigma) => Math.Sqrt((sigma * sigma) + (this.data * this.data));
    }
}
