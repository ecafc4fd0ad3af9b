namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Singlestep DPM-Solver of orders 1 to 3, "DPM++ 2S": Lu et al. 2022, "DPM-Solver++", algorithm 1; diffusers' DPMSolverSinglestepScheduler.
/// </summary>
/// <remarks>
/// Groups of calls share a start: the first goes on by order 1, the second starts again with order 2, the third with order 3. <see cref="DpmStep"/> has the formula.
/// From the group's start, with m₀ the newest value and r the levels in between as shares of the whole step in λ: order 2 has D₀ = m₁, D₁ = (m₀ − m₁)/r₀; order 3 has
/// D₀ = m₂, a = (m₁ − m₂)/r₁, b = (m₀ − m₂)/r₀, by Heun D₁ = (r₀·a − r₁·b)/(r₀−r₁) and D₂ = 2·(b − a)/(r₀−r₁), by the midpoint rule D₁ = b alone.
/// </remarks>
internal sealed class DpmSolverSinglestepScheduler : DpmScheduler
{
    public DpmSolverSinglestepScheduler(SchedulerOptions options)
        : base(options)
    {
        if (options.AlgorithmType == AlgorithmType.SdeDpmSolver)
        {
            throw new ArgumentException($"The singlestep solver has no {options.AlgorithmType}, wanted {AlgorithmType.SdeDpmSolverPlusPlus}.", nameof(options));
        }

        if (options.AlgorithmType == AlgorithmType.DpmSolver && options.FinalSigma == FinalSigmaRule.Zero)
        {
            throw new ArgumentException($"{options.AlgorithmType} cannot step to a noise level of 0: {nameof(options.FinalSigma)} is {options.FinalSigma}, wanted {FinalSigmaRule.SigmaMin}.", nameof(options));
        }
    }

    public static SchedulerOptions Defaults { get; } = new() { LowerOrderFinal = false };

    /// <summary>The order of every call: groups of 1, 2, … up to the solver's order, shortened at the end.</summary>
    public static int[] Orders(SchedulerOptions options, int steps)
    {
        int order = options.SolverOrder!.Value;
        bool endsAtZero = options.FinalSigma == FinalSigmaRule.Zero;
        bool lowersEnd = options.LowerOrderFinal == true || endsAtZero || steps % order != 0;
        int[] orders = new int[steps];
        for (int i = 0; i < steps; i++)
        {
            orders[i] = (i % order) + 1;
        }

        if (lowersEnd || endsAtZero)
        {
            orders[^1] = 1;
            if (order == 3 && steps % 3 == 0)
            {
                orders[^2] = 2;
            }
        }

        return orders;
    }

    // This class knows one timestep spacing only.
    private protected override double[] SpreadTimesteps(int steps) =>
        TimestepList.CreateWithoutLast(this.Options with { TimestepSpacing = TimestepSpacing.Linspace }, steps, this.UsableTimesteps());

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : DpmRun(setup, setup.Options.SolverOrder!.Value)
    {
        private readonly int[] orders = Orders(setup.Options, setup.Schedule.Steps);
        private readonly float[] start = new float[setup.SampleLength];
        private readonly float[] noise = setup.Options.AlgorithmType == AlgorithmType.SdeDpmSolverPlusPlus ? new float[setup.SampleLength] : [];

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            this.MakeRoom(keepNoise: this.Options.AlgorithmType == AlgorithmType.DpmSolver);
            if (this.noise.Length > 0)
            {
                noise.NextNormal(this.noise);
            }

            int position = this.Position;
            int order = Math.Min(this.orders[position], this.ValueCount);
            int first = position - order + 1;
            DpmStep step = DpmStep.Between(this.Options.AlgorithmType!.Value, this.Sigma(first), this.Sigma(position + 1));
            double h = DpmStep.Lambda(this.Sigma(position + 1)) - DpmStep.Lambda(this.Sigma(first));
            bool isHeun = this.Options.SolverType == SolverType.Heun;
            (double weight0, double weight1, double weight2) = order switch
            {
                1 => (step.First, 0, 0),
                2 => this.Second(step, h, first, isHeun),
                _ => this.Third(step, h, first, isHeun),
            };
            foreach (StepPart part in this.Parts)
            {
                this.Remember(part, modelOutput, sample);
                if (order == 1)
                {
                    part.Of(sample).CopyTo(part.Of(this.start));
                }

                LinearCombination.Apply(
                    part.Of(sample),
                    step.Sample,
                    part.Of(this.start),
                    weight0,
                    part.Of(this.Value(0)),
                    weight1,
                    part.Of(order > 1 ? this.Value(1) : default),
                    weight2,
                    part.Of(order > 2 ? this.Value(2) : default),
                    step.Noise,
                    part.Of(this.noise));
            }
        }

        private double Share(int position, int first, double h) => (DpmStep.Lambda(this.Sigma(position)) - DpmStep.Lambda(this.Sigma(first))) / h;

        private (double Newest, double Middle, double Oldest) Second(DpmStep step, double h, int first, bool isHeun)
        {
            double difference = (isHeun ? step.Second : step.First / 2) / this.Share(first + 1, first, h);
            return (difference, step.First - difference, 0);
        }

        private (double Newest, double Middle, double Oldest) Third(DpmStep step, double h, int first, bool isHeun)
        {
            double r1 = this.Share(first + 1, first, h);
            double r0 = this.Share(first + 2, first, h);
            double ofA = isHeun ? ((step.Second * r0) - (2 * step.Third)) / (r0 - r1) : 0;
            double ofB = isHeun ? ((2 * step.Third) - (step.Second * r1)) / (r0 - r1) : step.Second;
            return (ofB / r0, ofA / r1, step.First - (ofB / r0) - (ofA / r1));
        }
    }
}
