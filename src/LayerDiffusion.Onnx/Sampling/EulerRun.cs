namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Euler steps with churn (Karras et al. 2022, algorithm 2 without its second-order correction): the sample is first noised from σ to σ̂ = σ·(1+γ),
/// then x ← x + (x − x₀)/σ̂ · (σ' − σ̂).
/// </summary>
internal class EulerRun(RunSetup setup) : SigmaRun(setup)
{
    private readonly float[] noise = setup.Options.SChurn > 0 ? new float[setup.SampleLength] : [];

    private protected sealed override void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
    {
        double sigma = this.Schedule.Sigmas[this.Position];
        double next = this.Schedule.Sigmas[this.Position + 1];
        double churn = sigma >= this.Options.STmin && sigma <= this.Options.STmax
            ? Math.Min(this.Options.SChurn!.Value / (this.Schedule.Sigmas.Length - 1), Math.Sqrt(2) - 1)
            : 0;
        double noised = sigma * (churn + 1);
        if (churn > 0)
        {
            noise.NextNormal(this.noise);
        }

        double added = this.Options.SNoise!.Value * Math.Sqrt((noised * noised) - (sigma * sigma));
        (double Sample, double Output) weights = this.WeightsAt(sigma, noised);
        foreach (StepPart part in this.Parts)
        {
            if (churn > 0)
            {
                LinearCombination.Apply(part.Of(sample), 1, part.Of(sample), added, part.Of(this.noise));
            }

            this.PredictOriginal(part, modelOutput, sample, weights);
            this.Move(part, sample, sample, sample, noised, next - noised);
        }
    }

    /// <summary>Weights of x₀ for a sample that was noised from σ to σ̂. Like the reference, velocity is read at the level before churn.</summary>
    private protected virtual (double Sample, double Output) WeightsAt(double sigma, double noised) =>
        this.OriginalWeights(1, this.Options.PredictionType == PredictionType.VPrediction ? sigma : noised);
}
