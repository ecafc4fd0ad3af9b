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
            this.MakeRoom(keepNoise: true);
            int position = this.Position;
            int remaining = this.Schedule.Timesteps.Length - position;
            bool lowers = this.Options.LowerOrderFinal == true && this.Schedule.Timesteps.Length < LongTrajectory;
            int order = Math.Min(lowers ? remaining : this.ValueCount, this.ValueCount);
            (double alpha, _) = Schedule.Preserving(this.Sigma(position));
            (double nextAlpha, _) = Schedule.Preserving(this.Sigma(position + 1));
            (double weight0, double weight1, double weight2) = this.WeightsOf(order);
            foreach (StepPart part in this.Parts)
            {
                this.Remember(part, modelOutput, sample);
                LinearCombination.Apply(
                    part.Of(sample),
                    nextAlpha / alpha,
                    part.Of(sample),
                    nextAlpha * weight0,
                    part.Of(this.Value(0)),
                    nextAlpha * weight1,
                    part.Of(order > 1 ? this.Value(1) : default),
                    nextAlpha * weight2,
                    part.Of(order > 2 ? this.Value(2) : default));
            }
        }

        // The integrals of the last values' polynomials, from the newest on.
        private (double Newest, double Middle, double Oldest) WeightsOf(int order)
        {
            int position = this.Position;
            double log0 = Math.Log(this.Sigma(position));
            double log1 = order > 1 ? Math.Log(this.Sigma(position - 1)) : 0;
            double log2 = order > 2 ? Math.Log(this.Sigma(position - 2)) : 0;
            return order switch
            {
                1 => (this.Sigma(position + 1) - this.Sigma(position), 0, 0),
                2 => (this.Integral(log0, log1), this.Integral(log1, log0), 0),
                _ => (this.Integral(log0, log1, log2), this.Integral(log1, log2, log0), this.Integral(log2, log0, log1)),
            };
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
