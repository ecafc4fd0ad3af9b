using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Autoencoding;

namespace LayerDiffusion.Onnx.Benchmarks.Autoencoding;

/// <summary>
/// The lower median of the views of a picture of 1024×1024 pixels, 16 MiB each. Eight views and the result are 144 MiB, four 80 MiB;
/// the copy reads one half of that and writes the other.
/// </summary>
[Config(typeof(RatioConfig))]
public class MedianBenchmarks
{
    private const int Length = 4 * 1024 * 1024;

    private readonly float[] result = new float[Length];
    private float[][] passes = [];
    private float[] source = [];
    private float[] copy = [];

    [Params(4, 8)]
    public int Views { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Random random = new(1);
        this.passes = [.. Enumerable.Range(0, this.Views).Select(_ => new float[Length])];
        foreach (float[] pass in this.passes)
        {
            for (int i = 0; i < pass.Length; i++)
            {
                pass[i] = random.NextSingle();
            }
        }

        this.source = new float[Length / 2 * (this.Views + 1)];
        this.copy = new float[this.source.Length];
        Array.Fill(this.source, 0.5f);
    }

    [Benchmark(Baseline = true)]
    public void Copy() => this.source.AsSpan().CopyTo(this.copy);

    [Benchmark]
    public void LowerMedianOfViews() => LowerMedian.Of(this.passes, this.result);
}
