using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Benchmarks.Imaging;

/// <summary>Colour under alpha 0 for a picture of 4096×4096 pixels: the pyramid, and dilation without limit and as far as four mip levels need.</summary>
[Config(typeof(RatioConfig))]
public class PaddingBenchmarks
{
    private RgbaImage image = new(1, 1);

    /// <summary>Gets or sets the side of the cells with a disc each: 512 is a sheet of sprites, 4096 one large object.</summary>
    [Params(512, 4096)]
    public int Cell { get; set; }

    [GlobalSetup]
    public void Setup() => this.image = SoftDiscs.Draw(4096, this.Cell);

    [Benchmark(Baseline = true)]
    public RgbaImage Copy() => this.image.Clone();

    [Benchmark]
    public RgbaImage Pad() => RgbPadding.Pad(this.image);

    [Benchmark]
    public RgbaImage Bleed() => AlphaHygiene.Bleed(this.image);

    [Benchmark]
    public RgbaImage BleedSixteen() => AlphaHygiene.Bleed(this.image, 16);
}
