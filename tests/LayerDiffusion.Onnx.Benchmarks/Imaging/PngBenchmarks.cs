using System.IO.Compression;
using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Benchmarks.Imaging;

/// <summary>Files of a picture of 1024×1024 pixels.</summary>
[Config(typeof(RatioConfig))]
public class PngBenchmarks
{
    private readonly RgbaImage image = SoftDiscs.Draw(1024);
    private byte[] png = [];

    [GlobalSetup]
    public void Setup() => this.png = this.image.EncodePng();

    [Benchmark(Baseline = true)]
    public byte[] Copy() => this.image.ToArray();

    [Benchmark]
    public byte[] EncodePng() => this.image.EncodePng();

    [Benchmark]
    public byte[] EncodePngFastest() => this.image.EncodePng(new PngOptions { Compression = CompressionLevel.Fastest });

    [Benchmark]
    public byte[] EncodeWebP() => this.image.EncodeWebP();

    [Benchmark]
    public RgbaImage DecodePng() => RgbaImage.DecodePng(this.png);
}
