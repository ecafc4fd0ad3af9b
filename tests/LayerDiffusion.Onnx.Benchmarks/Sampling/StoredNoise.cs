using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Benchmarks.Sampling;

/// <summary>Noise that costs no more than a copy, so that a step is measured and not the random numbers, which have a benchmark of their own.</summary>
internal sealed class StoredNoise(float[] samples) : INoiseSource
{
    public void NextNormal(Span<float> destination) => samples.AsSpan(0, destination.Length).CopyTo(destination);
}
