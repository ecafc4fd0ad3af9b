using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Autoencoding;

public class TransparencyDecoderTests
{
    // Only the graph's own rounding differs from the reference stack.
    private const double Tolerance = 2e-6;

    private static readonly SessionSettings Cpu = new(Device.Cpu, 1, AllowSpinning: false);

    private static readonly SafetensorsFile Golden = Fixtures.Tensors("components", "transparency", "transparency.safetensors");

    [Fact]
    public void DecodePasses_Full_EqualsEveryPassAndTheMedianOfTheReference()
    {
        float[][] passes = Decode(AlphaAugmentation.Full);

        float[] expected = Golden.ReadSingle("tta.passes");
        for (int pass = 0; pass < 8; pass++)
        {
            Close.Assert(expected.AsSpan(pass * passes[0].Length, passes[0].Length), passes[pass], Tolerance, what: $"pass {pass}");
        }

        float[] median = new float[passes[0].Length];
        LowerMedian.Of(passes, median);
        Close.Assert(Golden.ReadSingle("tta.result"), median, Tolerance);
    }

    [Fact]
    public void DecodePasses_FewerViews_AreTheFirstOfTheEight()
    {
        float[][] full = Decode(AlphaAugmentation.Full);
        Assert.Equal(full[..4], Decode(AlphaAugmentation.Rotations));
        Assert.Equal(full[..1], Decode(AlphaAugmentation.Fast));
    }

    [Theory]
    [InlineData(1, 37)]
    [InlineData(4, 37)]
    [InlineData(8, 37)]
    [InlineData(8, 64)]
    [InlineData(8, 3)]
    public void LowerMedian_RandomPasses_EqualsSorting(int count, int length)
    {
        Random random = new(count + length);
        float[][] passes = [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, length).Select(_ => (float)random.Next(5)).ToArray())];
        float[] median = new float[length];

        LowerMedian.Of(passes, median);

        for (int i = 0; i < length; i++)
        {
            Assert.Equal(passes.Select(pass => pass[i]).Order().ElementAt((count - 1) / 2), median[i]);
        }
    }

    [Theory]
    [InlineData(64, 64)]
    [InlineData(33, 70)]
    [InlineData(1, 5)]
    public void PlaneTransform_ApplyThenUndo_GivesThePlanesBack(int height, int width)
    {
        float[] planes = [.. Enumerable.Range(0, 2 * height * width).Select(i => (float)i)];
        foreach (PlaneTransform transform in TransparencyDecoder.Transforms(AlphaAugmentation.Full))
        {
            float[] turned = new float[planes.Length];
            float[] back = new float[planes.Length];
            transform.Apply(planes, turned, height, width);
            transform.Undo(turned, back, height, width);
            Assert.Equal(planes, back);
        }
    }

    private static float[][] Decode(AlphaAugmentation augmentation)
    {
        string path = Fixtures.PathOf("components", "transparency", "fake_decoder.onnx");
        using GraphSession graph = GraphSession.Load(new GraphFile("fake_decoder.onnx", path, null), Cpu, TestContext.Current.CancellationToken);
        return TransparencyDecoder.DecodePasses(
            graph, Golden.ReadSingle("tta.pixel"), Golden.ReadSingle("tta.latent"), 64, 128, augmentation, null, TestContext.Current.CancellationToken);
    }
}
