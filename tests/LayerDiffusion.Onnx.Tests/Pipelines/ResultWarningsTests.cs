using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>What is said of pictures that came out, or went in, unlike what the method is made for.</summary>
public sealed class ResultWarningsTests
{
    [Theory]
    [InlineData(0, "transparent everywhere")]
    [InlineData(5, "transparent everywhere")]
    [InlineData(6, null)]
    [InlineData(128, null)]
    [InlineData(249, null)]
    [InlineData(250, "opaque everywhere: the checkpoint drew no transparency")]
    [InlineData(255, "opaque everywhere: the checkpoint drew no transparency")]
    public void OfTransparent_OneAlphaEverywhere_TellsTheEnds(byte alpha, string? expected) =>
        AssertWarning(expected, ResultWarnings.OfTransparent(Pictures.Plain(64, 64, 200, 30, 30, alpha)));

    [Theory]
    [InlineData(4, "transparent everywhere")]
    [InlineData(5, null)]
    public void OfTransparent_FewVisiblePixels_CountFromOneInAThousandOn(int visible, string? expected)
    {
        RgbaImage image = new(64, 64);
        for (int i = 0; i < visible; i++)
        {
            image.Pixels.Span[(i * 4) + 3] = 255;
        }

        AssertWarning(expected, ResultWarnings.OfTransparent(image));
    }

    [Theory]
    [InlineData(128, 128, 128, "border is mid-grey")]
    [InlineData(0x60, 0x6C, 0x60, "border is mid-grey")]
    [InlineData(0x90, 0x90, 0x90, "border is mid-grey")]
    [InlineData(0x5F, 0x60, 0x60, "drew no transparency")]
    [InlineData(0x91, 0x90, 0x90, "drew no transparency")]
    [InlineData(0x60, 0x6D, 0x60, "drew no transparency")]
    public void OfTransparent_OpaqueWithABorder_TellsGreyFromColour(byte red, byte green, byte blue, string expected)
    {
        RgbaImage image = Pictures.Plain(64, 64, red, green, blue, 255);
        Compositing.Draw(image, Pictures.Plain(60, 60, 255, 0, 0, 255), x: 2, y: 2);

        AssertWarning(expected, ResultWarnings.OfTransparent(image));
    }

    [Theory]
    [InlineData(64, 64, ImageFit.Fill, null)]
    [InlineData(512, 512, ImageFit.Stretch, null)]
    [InlineData(512, 510, ImageFit.Stretch, null)]
    [InlineData(100, 64, ImageFit.Fill, "foreground is 64×64 and the result 100×64: of another shape, so that it was cropped")]
    [InlineData(100, 64, ImageFit.Stretch, "so that it was distorted")]
    [InlineData(100, 64, ImageFit.Fit, null)]
    public void OfCondition_ForegroundOfAnotherShape_TellsWhatWasDoneToIt(int width, int height, ImageFit fit, string? expected) =>
        AssertWarning(expected, ResultWarnings.OfCondition("foreground", Pictures.Disc(64, 64), width, height, fit, wantsTransparency: true));

    [Theory]
    [InlineData(ImageFit.Fill, "was cropped")]
    [InlineData(ImageFit.Stretch, "was distorted")]
    [InlineData(ImageFit.Fit, "has bars of mid-grey now")]
    public void OfCondition_BackgroundOfAnotherShape_TellsWhatWasDoneToIt(ImageFit fit, string expected) =>
        AssertWarning(expected, ResultWarnings.OfCondition("background", Pictures.OpaqueNoise(64, 64, 1), 64, 100, fit, wantsTransparency: false));

    [Fact]
    public void OfCondition_AlphaThatIsUnfit_IsTold()
    {
        AssertWarning("The foreground is opaque everywhere", ResultWarnings.OfCondition("foreground", Pictures.OpaqueNoise(64, 64, 1), 64, 64, ImageFit.Fill, true));
        AssertWarning("The background has transparent parts", ResultWarnings.OfCondition("background", Pictures.Disc(64, 64), 64, 64, ImageFit.Fill, false));
        AssertWarning(null, ResultWarnings.OfCondition("background", Pictures.OpaqueNoise(64, 64, 1), 64, 64, ImageFit.Fill, false));
    }

    private static void AssertWarning(string? expected, IEnumerable<string> warnings)
    {
        if (expected is null)
        {
            Assert.Empty(warnings);
        }
        else
        {
            Assert.Contains(expected, Assert.Single(warnings), StringComparison.Ordinal);
        }
    }
}
