namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Multistep DPM-Solver of orders 1 to 3: "DPM++ 2M", "DPM++ 2M SDE", "DPM++ 3M". Lu et al. 2022, "DPM-Solver++", algorithm 2; diffusers' DPMSolverMultistepScheduler.
/// </summary>
/// <remarks>
/// <see cref="DpmStep"/> has the formula. The differences come from earlier calls: with h₀, h₁ the steps in λ before, r₀ = h₀/h, r₁ = h₁/h,
/// order 2 has D₁ = (m₀ − m₁)/r₀; order 3 with d₀ = (m₀ − m₁)/r₀ and d₁ = (m₁ − m₂)/r₁ has D₁ = d₀ + r₀/(r₀+r₁)·(d₀ − d₁) and D₂ = (d₀ − d₁)/(r₀+r₁).
/// </remarks>
internal sealed class DpmSolverMultistepScheduler : DpmScheduler
{
    // Trajectories at least this long keep their order to the end.
    private const int LongTrajectory = 15;

    public DpmSolverMultistepScheduler(SchedulerOptions options)
        : base(options, rescalable: true)
    {
        if (options.AlgorithmType is AlgorithmType.DpmSolver or AlgorithmType.SdeDpmSolver && options.FinalSigma == FinalSigmaRule.Zero)
        {
            throw new ArgumentException($"{options.AlgorithmType} cannot step to a noise level of 0: {nameof(options.FinalSigma)} is {options.FinalSigma}, wanted {FinalSigmaRule.SigmaMin}.", nameof(options));
        }

        if (options.AlgorithmType == AlgorithmType.SdeDpmSolver && options.SolverOrder == 3)
        {
            throw new ArgumentException($"{options.AlgorithmType} has no order 3, wanted {nameof(options.SolverOrder)} 1 or 2.", nameof(options));
        }
    }

    public static SchedulerOptions Defaults { get; } = new();

    private protected override bool RoundsTimesteps => this.Options.BetaSchedule != BetaSchedule.SquaredCosCapV2;

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : DpmRun(setup, setup.Options.SolverOrder!.Value)
    {
        private readonly float[] noise = IsStochastic(setup.Options.AlgorithmType!.Value) ? new float[setup.SampleLength] : [];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            AlgorithmType algorithm = this.Options.AlgorithmType!.Value;
            this.MakeRoom(keepNoise: algorithm is AlgorithmType.DpmSolver or AlgorithmType.SdeDpmSolver);
            if (IsStochastic(algorithm))
            {
                noise.NextNormal(this.noise);
            }

            int position = this.Position;
            DpmStep step = DpmStep.Between(algorithm, this.Sigma(position), this.Sigma(position + 1));
            int order = this.OrderAt(position);
            double second = this.Options.SolverType == SolverType.Heun || order == 3 ? step.Second : step.First / 2;
            (double inverse0, double inverse1) = (0, 0);
            (double firstDifference0, double firstDifference1) = (0, 0);
            if (order > 1)
            {
                double lambda = DpmStep.Lambda(this.Sigma(position));
                double h = DpmStep.Lambda(this.Sigma(position + 1)) - lambda;
                double h0 = lambda - DpmStep.Lambda(this.Sigma(position - 1));
                inverse0 = h / h0;
                firstDifference0 = second;
                if (order > 2)
                {
                    double h1 = DpmStep.Lambda(this.Sigma(position - 1)) - DpmStep.Lambda(this.Sigma(position - 2));
                    inverse1 = h / h1;
                    firstDifference0 = (second * (1 + (h0 / (h0 + h1)))) + (step.Third * h / (h0 + h1));
                    firstDifference1 = (-second * (h0 / (h0 + h1))) - (step.Third * h / (h0 + h1));
                }
            }

            (double weight0, double weight1) = (firstDifference0 * inverse0, firstDifference1 * inverse1);
            foreach (StepPart part in this.Parts)
            {
                this.Remember(part, modelOutput, sample);
                LinearCombination.Apply(
                    part.Of(sample),
                    step.Sample,
                    part.Of(sample),
                    step.First + weight0,
                    part.Of(this.Value(0)),
                    weight1 - weight0,
                    part.Of(order > 1 ? this.Value(1) : default),
                    -weight1,
                    part.Of(order > 2 ? this.Value(2) : default),
                    step.Noise,
                    part.Of(this.noise));
            }
        }

        private static bool IsStochastic(AlgorithmType algorithm) => algorithm is AlgorithmType.SdeDpmSolver or AlgorithmType.SdeDpmSolverPlusPlus;

        private int OrderAt(int position)
        {
            int remaining = this.Schedule.Timesteps.Length - position;
            bool lowers = this.Options.LowerOrderFinal == true && this.Schedule.Timesteps.Length < LongTrajectory;
            bool endsFirst = this.Options.EulerAtFinal == true || lowers || this.Options.FinalSigma == FinalSigmaRule.Zero;
            int limit = remaining == 1 && endsFirst ? 1 : remaining == 2 && lowers ? 2 : 3;
            return Math.Min(Math.Min(limit, this.ValueCount), this.Options.SolverOrder!.Value);
        }
    }
}
