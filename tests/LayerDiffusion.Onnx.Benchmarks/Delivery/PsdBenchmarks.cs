using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Benchmarks.Imaging;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Benchmarks.Delivery;

/// <summary>A Photoshop file of three layers of 1024×1024 pixels and their merged picture.</summary>
[Config(typeof(RatioConfig))]
public class PsdBenchmarks
{
    private readonly LayeredDocument document = MakeDocument();
    private readonly byte[] copy = new byte[4 * 4 * 1024 * 1024];
    private readonly byte[] pixels = new byte[4 * 4 * 1024 * 1024];
    private readonly byte[] file = new byte[32 << 20];

    [Benchmark(Baseline = true)]
    public void Copy() => this.pixels.CopyTo(this.copy, 0);

    [Benchmark]
    [Arguments(PsdCompression.Raw)]
    [Arguments(PsdCompression.Rle)]
    [Arguments(PsdCompression.Zip)]
    public void Write(PsdCompression compression)
    {
        using MemoryStream stream = new(this.file);
        PsdFile.Write(this.document, stream, new PsdOptions { Compression = compression });
    }

    private static LayeredDocument MakeDocument()
    {
        RgbaImage image = SoftDiscs.Draw(1024);
        return new LayeredDocument(1024, 1024, [new DocumentLayer("a", image), new DocumentLayer("b", image), new DocumentLayer("c", image)]) { Merged = image };
    }
}
