namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// UniPC, a unified predictor and corrector of orders 1 to 3 (Zhao et al. 2023), algorithms 5 to 8; diffusers' UniPCMultistepScheduler.
/// </summary>
/// <remarks>
/// A step in λ by h with values m (x₀; in brackets ε): x ← σ'/σ·x − α'·(e^(−h) − 1)·m₀ − α'·B·Σₖ ρₖ·(mₖ − m₀)/rₖ
/// [α'/α·x − σ'·(e^h − 1)·m₀ − σ'·B·Σ…], rₖ the places of the values as shares of h. The weights ρ solve Σₖ rₖ^(i−1)·ρₖ = bᵢ with
/// bᵢ = i!·φᵢ₊₁/B, where φ₁ = (e^h' − 1)/h' − 1 at the start, h' = −h [h], and B = h' (bh1) or e^h' − 1 (bh2). The corrector repeats the last step with the value found at its end.
/// </remarks>
internal sealed class UniPcMultistepScheduler(SchedulerOptions options) : DpmScheduler(options, rescalable: true)
{
    private const int LargestOrder = 3;

    public static SchedulerOptions Defaults { get; } = new() { SolverType = SolverType.Bh2 };

    private protected override double LastSigma(double smallest) => this.Options.FinalSigma == FinalSigmaRule.SigmaMin ? smallest : 0;

    private protected override SchedulerRun Start(RunSetup setup) => new Run(setup);

    // One value more than the order: the corrector needs the newest beside those of the step before.
    private sealed class Run(RunSetup setup) : DpmRun(setup, setup.Options.SolverOrder!.Value + 1)
    {
        private readonly float[] start = new float[setup.SampleLength];
        private int order;

        private protected override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
        {
            this.MakeRoom(keepNoise: this.Options.PredictX0 != true);
            int position = this.Position;
            bool corrects = this.Index > 0 && !this.IsCorrectorOff(position - 1);
            Weights corrector = corrects ? this.WeightsOf(position - 1, this.order, corrects: true) : default;

            int remaining = this.Schedule.Timesteps.Length - position;
            int largest = Math.Min(this.Options.SolverOrder!.Value, this.ValueCount);
            this.order = this.Options.LowerOrderFinal == true ? Math.Min(largest, remaining) : largest;

            // Without noise left, every order and form comes to x₀.
            bool endsClean = this.Sigma(position + 1) == 0;
            Weights predictor = endsClean ? default : this.WeightsOf(position, this.order, corrects: false);
            foreach (StepPart part in this.Parts)
            {
                this.Remember(part, modelOutput, sample);
                if (corrects)
                {
                    this.Update(part, this.start, corrector, first: 1);
                }
                else
                {
                    part.Of(sample).CopyTo(part.Of(this.start));
                }

                if (endsClean)
                {
                    part.Of(this.Original).CopyTo(part.Of(sample));
                }
                else
                {
                    this.Update(part, sample, predictor, first: 0);
                }
            }
        }

        private bool IsCorrectorOff(int step)
        {
            IReadOnlyList<int> off = this.Options.DisableCorrector!;
            for (int i = 0; i < off.Count; i++)
            {
                if (off[i] == step)
                {
                    return true;
                }
            }

            return false;
        }

        // destination = the step's weighted sum; its first value is the newest for the predictor, the one before for the corrector.
        private void Update(StepPart part, Span<float> destination, in Weights weights, int first)
        {
            LinearCombination.Apply(
                part.Of(destination),
                weights.Sample,
                part.Of(this.start),
                weights.First,
                part.Of(this.Value(first)),
                weights.Second,
                part.Of(weights.Second != 0 ? this.Value(first + 1) : default),
                weights.End,
                part.Of(this.Value(0)),
                weights.Third,
                part.Of(weights.Third != 0 ? this.Value(first + 2) : default));
        }

        private Weights WeightsOf(int position, int order, bool corrects)
        {
            (double from, double to) = (this.Sigma(position), this.Sigma(position + 1));
            (double alphaFrom, double sigmaFrom) = Schedule.Preserving(from);
            (double alpha, double sigma) = Schedule.Preserving(to);
            double lambda = DpmStep.Lambda(from);
            double h = DpmStep.Lambda(to) - lambda;
            if (h == 0)
            {
                return new Weights(1, 0, 0, 0, 0);
            }

            bool isOriginal = this.Options.PredictX0 == true;
            double signed = isOriginal ? -h : h;
            double growth = Math.Exp(signed) - 1;
            double scale = this.Options.SolverType == SolverType.Bh1 ? signed : growth;

            Span<double> places = stackalloc double[LargestOrder];
            for (int k = 1; k < order; k++)
            {
                places[k - 1] = (DpmStep.Lambda(this.Sigma(position - k)) - lambda) / h;
            }

            places[order - 1] = 1;
            Span<double> weights = stackalloc double[LargestOrder];
            SolveWeights(places, weights, corrects ? order : order - 1, signed, growth, scale);

            double outer = isOriginal ? alpha : sigma;
            double ofFirst = -outer * growth;
            double ofSecond = 0;
            double ofThird = 0;
            double ofEnd = 0;
            if (order > 1)
            {
                ofSecond = -outer * scale * weights[0] / places[0];
            }

            if (order > 2)
            {
                ofThird = -outer * scale * weights[1] / places[1];
            }

            if (corrects)
            {
                ofEnd = -outer * scale * weights[order - 1];
            }

            return new Weights(isOriginal ? sigma / sigmaFrom : alpha / alphaFrom, ofFirst - ofSecond - ofThird - ofEnd, ofSecond, ofThird, ofEnd);
        }

        private static void SolveWeights(ReadOnlySpan<double> places, Span<double> weights, int count, double h, double growth, double scale)
        {
            // The lowest orders have weight ½ by definition.
            if (count <= 1)
            {
                weights[0] = 0.5;
                return;
            }

            Span<double> matrix = stackalloc double[LargestOrder * LargestOrder];
            double phi = (growth / h) - 1;
            double factorial = 1;
            for (int row = 0; row < count; row++)
            {
                for (int column = 0; column < count; column++)
                {
                    matrix[(row * LargestOrder) + column] = Math.Pow(places[column], row);
                }

                weights[row] = phi * factorial / scale;
                factorial *= row + 2;
                phi = (phi / h) - (1 / factorial);
            }

            for (int pivot = 0; pivot < count; pivot++)
            {
                for (int row = pivot + 1; row < count; row++)
                {
                    double factor = matrix[(row * LargestOrder) + pivot] / matrix[(pivot * LargestOrder) + pivot];
                    for (int column = pivot; column < count; column++)
                    {
                        matrix[(row * LargestOrder) + column] -= factor * matrix[(pivot * LargestOrder) + column];
                    }

                    weights[row] -= factor * weights[pivot];
                }
            }

            for (int row = count - 1; row >= 0; row--)
            {
                for (int column = row + 1; column < count; column++)
                {
                    weights[row] -= matrix[(row * LargestOrder) + column] * weights[column];
                }

                weights[row] /= matrix[(row * LargestOrder) + row];
            }
        }

        // Weights of the sample at the start, of its values from the newest on, and of the value at the end.
        private readonly record struct Weights(double Sample, double First, double Second, double Third, double End);
    }
}
