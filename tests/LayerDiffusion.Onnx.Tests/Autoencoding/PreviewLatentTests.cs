using LayerDiffusion.Onnx.Autoencoding;

namespace LayerDiffusion.Onnx.Tests.Autoencoding;

public class PreviewLatentTests
{
    [Theory]
    [InlineData(8, 8, 8)]
    [InlineData(16, 16, 16)]
    [InlineData(24, 16, 8)]
    [InlineData(64, 16, 8)]
    [InlineData(96, 24, 16)]
    [InlineData(112, 32, 16)]
    [InlineData(128, 32, 16)]
    [InlineData(1024, 256, 128)]
    public void SideOf_Latent_IsAQuarterOrAnEighthInMultiplesOfEight(int side, int quarter, int eighth) =>
        Assert.Equal((quarter, eighth), (PreviewLatent.SideOf(side, 4), PreviewLatent.SideOf(side, 8)));

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public void SideOf_AnySide_IsNeverLarger(int factor)
    {
        for (int side = 8; side <= 1024; side += 8)
        {
            int small = PreviewLatent.SideOf(side, factor);
            Assert.InRange(small, 8, side);
            Assert.Equal(0, small % 8);
        }
    }

    [Fact]
    public void FactorFor_FrequentPreviews_IsEight() => Assert.Equal([8, 8, 8, 8, 4, 4], Enumerable.Range(1, 6).Select(PreviewLatent.FactorFor));

    [Fact]
    public void ColourSideOf_AfterEachStep_IsSevenEighths() => Assert.Equal([(7, 8), (14, 16), (21, 24)], new[] { 8, 16, 24 }.Select(side => (PreviewLatent.ColourSideOf(side, 1), PreviewLatent.ColourSideOf(side, 2))));

    [Fact]
    public void Enlarge_Ramp_StaysARampBetweenTheOutermostSamples()
    {
        // 2 samples at 0.5 and 1.5 of a width of 2, shown at 0.25, 0.75, 1.25, 1.75.
        Assert.Equal([10, 12.5f, 17.5f, 20], PreviewLatent.Enlarge([10, 20], (1, 2), (1, 4)));
        Assert.Equal([10, 12.5f, 17.5f, 20], PreviewLatent.Enlarge([10, 20], (2, 1), (4, 1)));
    }

    [Fact]
    public void Enlarge_Planes_KeepsEachAndItsConstant()
    {
        float[] planes = [.. Enumerable.Repeat(3f, 56 * 48), .. Enumerable.Repeat(-1f, 56 * 48)];
        float[] enlarged = PreviewLatent.Enlarge(planes, (56, 48), (64, 56));
        Assert.Equal([.. Enumerable.Repeat(3f, 64 * 56), .. Enumerable.Repeat(-1f, 64 * 56)], enlarged);
        Assert.Same(planes, PreviewLatent.Enlarge(planes, (56, 48), (56, 48)));
    }

    [Fact]
    public void Reduce_WholeFactor_TakesMeansOfEachChannel()
    {
        float[] latent = [1, 3, 5, 7, 2, 2, 6, 6, 10, 10, 10, 10, 20, 20, 30, 30];
        Assert.Equal([2, 6, 15, 20], PreviewLatent.Reduce(latent, (2, 4), (1, 2)));
    }

    [Theory]
    [InlineData(24, 40, 16, 16)]
    [InlineData(16, 16, 16, 16)]
    public void Reduce_ConstantChannels_StayConstant(int height, int width, int smallHeight, int smallWidth)
    {
        float[] latent = [.. Enumerable.Repeat(1.5f, height * width), .. Enumerable.Repeat(-2f, height * width)];
        float[] expected = [.. Enumerable.Repeat(1.5f, smallHeight * smallWidth), .. Enumerable.Repeat(-2f, smallHeight * smallWidth)];
        Assert.Equal(expected, PreviewLatent.Reduce(latent, (height, width), (smallHeight, smallWidth)));
    }
}
