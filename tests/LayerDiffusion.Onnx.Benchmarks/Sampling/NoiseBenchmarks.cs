using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Benchmarks.Sampling;

/// <summary>What else a step needs, for a latent of 4×128×128 (1024×1024 pixels) beside a copy of it: normal noise and classifier-free guidance.</summary>
[Config(typeof(RatioConfig))]
public class NoiseBenchmarks
{
    private const int Length = 4 * 128 * 128;

    private readonly float[] predictions = new float[2 * Length];
    private readonly float[] latent = new float[Length];
    private readonly TorchRandom random = new(1L);
    private readonly TorchCudaRandom cudaRandom = new(1L);
    private readonly Guidance plain = new(GuidanceOptions.Default, 7, [1], hasNegativePrompt: true, rows: 1, Length);
    private readonly Guidance rescaled = new(GuidanceOptions.Default with { Rescale = 0.7 }, 7, [1], hasNegativePrompt: true, rows: 1, Length);

    [GlobalSetup]
    public void Setup() => this.random.NextNormal(this.predictions);

    [Benchmark(Baseline = true)]
    public void Copy() => this.predictions.AsSpan(0, Length).CopyTo(this.latent);

    [Benchmark]
    public void TorchNormals() => this.random.NextNormal(this.latent);

    [Benchmark]
    public void TorchCudaNormals() => this.cudaRandom.NextNormal(this.latent);

    [Benchmark]
    public void CombineGuidance() => this.plain.Combine(this.plain.PlanAt(1), this.predictions, this.latent);

    [Benchmark]
    public void CombineRescaledGuidance() => this.rescaled.Combine(this.rescaled.PlanAt(1), this.predictions, this.latent);
}
