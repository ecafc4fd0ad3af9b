namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Linear multistep (Adams-Bashforth with uneven steps) along the probability flow: k-diffusion's sample_lms (Crowson 2022); diffusers' LMSDiscreteScheduler.
/// </summary>
/// <remarks>
/// x ← x + Σₖ cₖ·dₖ with dₖ = (x − x₀)/σ of the k-th last call and cₖ the integral from σ to σ' of the Lagrange polynomial that is 1 at that call's level.
/// </remarks>
internal sealed class LmsDiscreteScheduler(SchedulerOptions options) : SigmaScheduler(options)
{
    public static SchedulerOptions Defaults { get; } = new() { SolverOrder = 4 };

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    private sealed class Run : SigmaRun
    {
        private readonly float[][] derivatives;
        private int kept;

        public Run(RunSetup setup)
            : base(setup)
        {
            this.derivatives = new float[setup.Options.SolverOrder!.Value][];
            for (int i = 0; i < this.derivatives.Length; i++)
            {
                this.derivatives[i] = this.CreateBuffer();
            }
        }

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            double sigma = this.Schedule.Sigmas[this.Position];
            float[] newest = this.derivatives[^1];
            Array.Copy(this.derivatives, 0, this.derivatives, 1, this.derivatives.Length - 1);
            this.derivatives[0] = newest;
            this.kept = Math.Min(this.kept + 1, this.derivatives.Length);
            // The order counts skipped steps too: like the reference, image to image starts with weights of an order whose derivatives it does not have.
            int order = Math.Min(this.Position + 1, this.derivatives.Length);
            double weight0 = this.Weight(order, 0);
            double weight1 = this.Weight(order, 1);
            double weight2 = this.Weight(order, 2);
            double weight3 = this.Weight(order, 3);
            (double Sample, double Output) ofOriginal = this.OriginalWeights(1, sigma);
            foreach (StepPart part in this.Parts)
            {
                this.PredictOriginal(part, modelOutput, sample, ofOriginal);
                LinearCombination.Apply(part.Of(newest), 1 / sigma, part.Of(sample), -1 / sigma, part.Of(this.Original));
                LinearCombination.Apply(
                    part.Of(sample),
                    1,
                    part.Of(sample),
                    weight0,
                    part.Of(newest),
                    weight1,
                    part.Of(this.Derivative(1)),
                    weight2,
                    part.Of(this.Derivative(2)),
                    weight3,
                    part.Of(this.Derivative(3)));
            }
        }

        private ReadOnlySpan<float> Derivative(int age) => age < this.kept ? this.derivatives[age] : default;

        // Two Gauss points integrate polynomials of degree 3 exactly.
        private double Weight(int order, int which)
        {
            if (which >= this.kept)
            {
                return 0;
            }

            (double from, double to) = (this.Schedule.Sigmas[this.Position], this.Schedule.Sigmas[this.Position + 1]);
            (double middle, double half) = ((from + to) / 2, (to - from) / 2);
            double offset = half / Math.Sqrt(3);
            return half * (this.Lagrange(middle - offset, order, which) + this.Lagrange(middle + offset, order, which));
        }

        private double Lagrange(double sigma, int order, int which)
        {
            double product = 1;
            double own = this.Schedule.Sigmas[this.Position - which];
            for (int k = 0; k < order; k++)
            {
                if (k != which)
                {
                    double other = this.Schedule.Sigmas[this.Position - k];
                    product *= (sigma - other) / (own - other);
                }
            }

            return product;
        }
    }
}
