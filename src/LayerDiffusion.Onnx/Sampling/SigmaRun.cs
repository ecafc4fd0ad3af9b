namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What runs of the k-diffusion family have in common: the UNet sees samples x = x₀ + σ·ε scaled to unit variance.</summary>
internal abstract class SigmaRun(RunSetup setup) : SchedulerRun(setup)
{
    /// <summary>sample = start + (at − x₀)/σ·distance: a straight move along the direction of the probability flow at <paramref name="at"/>.</summary>
    private protected void Move(StepPart part, Span<float> sample, ReadOnlySpan<float> start, ReadOnlySpan<float> at, double sigma, double distance) =>
        LinearCombination.Move(part.Of(sample), part.Of(start), part.Of(at), part.Of(this.Original), sigma, distance);

    private protected override float InputDivisor(int position)
    {
        float sigma = (float)this.Schedule.ModelSigma[position];
        return MathF.Sqrt((sigma * sigma) + 1);
    }
}
