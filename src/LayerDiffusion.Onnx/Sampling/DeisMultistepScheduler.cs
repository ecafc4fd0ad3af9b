namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Diffusion exponential integrator sampler (Zhang, Chen 2023), the multistep form in ln ρ of orders 1 to 3; diffusers' DEISMultistepScheduler.
/// </summary>
/// <remarks>
/// With ρ = σ/α: x ← α'·(x/α + Σₖ cₖ·εₖ), cₖ the integral over ρ, from ρ to ρ', of the Lagrange polynomial in ln ρ that is 1 at the k-th last call.
/// </remarks>
internal sealed class DeisMultistepScheduler(SchedulerOptions options) : DpmScheduler(options)
{
    // Trajectories at least this long keep their order to the end.
    private const int LongTrajectory = 15;

    public static SchedulerOptions Defaults { get; } = new() { SolverType = SolverType.LogRho, FinalSigma = FinalSigmaRule.SigmaMin };

    // ε would have to be found in a sample without noise: the last step always ends at the smallest level.
    private protected override double LastSigma(double smallest) => smallest;

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run(RunSetup setup) : DpmRun(setup, setup.Options.SolverOrder!.Value)
    {
        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            this.Remember(modelOutput, sample, keepNoise: true);
            int position = this.Position;
            int remaining = this.Schedule.Timesteps.Length - position;
            bool lowers = this.Options.LowerOrderFinal == true && this.Schedule.Timesteps.Length < LongTrajectory;
            int order = Math.Min(lowers ? remaining : this.ValueCount, this.ValueCount);
            if (order == 1)
            {
                DpmStep step = DpmStep.Between(AlgorithmType.DpmSolver, this.Sigma(position), this.Sigma(position + 1));
                LinearCombination.Apply(sample, step.Sample, sample, step.First, this.Value(0));
                return;
            }

            (double alpha, _) = Schedule.Preserving(this.Sigma(position));
            (double nextAlpha, _) = Schedule.Preserving(this.Sigma(position + 1));
            double log0 = Math.Log(this.Sigma(position));
            double log1 = Math.Log(this.Sigma(position - 1));
            double log2 = order > 2 ? Math.Log(this.Sigma(position - 2)) : 0;
            (double weight0, double weight1, double weight2) = order == 2
                ? (this.Integral(log0, log1), this.Integral(log1, log0), 0)
                : (this.Integral(log0, log1, log2), this.Integral(log1, log2, log0), this.Integral(log2, log0, log1));
            LinearCombination.Apply(
                sample,
                nextAlpha / alpha,
                sample,
                nextAlpha * weight0,
                this.Value(0),
                nextAlpha * weight1,
                this.Value(1),
                nextAlpha * weight2,
                order > 2 ? this.Value(2) : default);
        }

        // ∫ (ln ρ − a)/(own − a) dρ = ρ·(ln ρ − 1 − a)/(own − a).
        private double Integral(double own, double a)
        {
            double Antiderivative(double rho) => rho * (Math.Log(rho) - 1 - a) / (own - a);
            return Antiderivative(this.Sigma(this.Position + 1)) - Antiderivative(this.Sigma(this.Position));
        }

        // ∫ (ln ρ − a)·(ln ρ − b) dρ = ρ·(ln²ρ − (2 + a + b)·ln ρ + 2 + a + b + a·b), over (own − a)·(own − b).
        private double Integral(double own, double a, double b)
        {
            double Antiderivative(double rho)
            {
                double log = Math.Log(rho);
                return rho * ((log * log) - ((2 + a + b) * log) + 2 + a + b + (a * b)) / ((own - a) * (own - b));
            }

            return Antiderivative(this.Sigma(this.Position + 1)) - Antiderivative(this.Sigma(this.Position));
        }
    }
}
