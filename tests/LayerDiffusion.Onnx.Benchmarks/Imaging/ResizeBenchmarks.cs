using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Benchmarks.Imaging;

/// <summary>
/// Halving a picture of 2048×2048 pixels, as bytes and as premultiplied floats. The bytes of source and result together are 20 MiB and 80 MiB;
/// <see cref="CopyBytes"/> and <see cref="CopyFloats"/> read and write as many, on one thread.
/// </summary>
[Config(typeof(ElapsedRatioConfig))]
public class ResizeBenchmarks
{
    private const int Side = 2048;

    private readonly RgbaImage bytes = SoftDiscs.Draw(Side);
    private readonly byte[] copyOfBytes = new byte[Side * Side * 4];
    private readonly float[] copyOfFloats = new float[Side * Side * 4];
    private readonly RgbaImage resultOfBytes = new(Side / 2, Side / 2);
    private RgbaFloatImage floats = new(1, 1);
    private RgbaFloatImage resultOfFloats = new(1, 1);

    [Params(ResamplingFilter.Box, ResamplingFilter.Area, ResamplingFilter.Linear, ResamplingFilter.Bilinear, ResamplingFilter.Bicubic, ResamplingFilter.Lanczos)]
    public ResamplingFilter Filter { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        this.floats = this.bytes.ToPremultiplied().ToFloat();
        this.resultOfFloats = this.floats.Resize(Side / 2, Side / 2);
    }

    /// <summary>Copies five eighths of the picture, which reads and writes as many bytes as source and quarter-sized result have.</summary>
    [Benchmark]
    public void CopyBytes() => this.bytes.Pixels.Span[..(Side * Side * 4 / 8 * 5)].CopyTo(this.copyOfBytes);

    /// <summary>The same with floats.</summary>
    [Benchmark(Baseline = true)]
    public void CopyFloats() => this.floats.Pixels.Span[..(Side * Side * 4 / 8 * 5)].CopyTo(this.copyOfFloats);

    /// <summary>The same, a result's share of it into new memory, as a result is.</summary>
    [Benchmark]
    public float[] CopyFloatsIntoNew()
    {
        float[] result = GC.AllocateUninitializedArray<float>(Side * Side);
        ReadOnlySpan<float> source = this.floats.Pixels.Span[..(Side * Side * 4 / 8 * 5)];
        source[..result.Length].CopyTo(result);
        source[result.Length..].CopyTo(this.copyOfFloats);
        return result;
    }

    [Benchmark]
    public RgbaImage ResizeBytes() => this.bytes.Resize(Side / 2, Side / 2, this.Filter);

    [Benchmark]
    public void ResizeBytesIntoUsed() => this.bytes.ResizeTo(this.resultOfBytes, this.Filter);

    [Benchmark]
    public void ResizeFloatsIntoUsed() => this.floats.ResizeTo(this.resultOfFloats, this.Filter);

    [Benchmark]
    public RgbaFloatImage ResizeFloats() => this.floats.Resize(Side / 2, Side / 2, this.Filter);
}
