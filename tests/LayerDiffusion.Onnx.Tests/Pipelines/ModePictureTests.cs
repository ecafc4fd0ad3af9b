using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Redrawing whole pictures and parts of them: what stays, stays to the bit.</summary>
public sealed class ModePictureTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    private static GenerationOptions Quick => TinyPipelines.Quick with { Width = null, Height = null, GuidanceScale = 1 };

    [Theory]
    [InlineData(64, 64)]
    [InlineData(70, 45)]
    [InlineData(33, 130)]
    public void Inpaint_HardMask_LeavesWhatIsOutsideBitIdentical(int width, int height)
    {
        RgbaImage image = Pictures.Noise(width, height, 3);
        Mask mask = Mask.Polygon(width, height, (2, 3), (width - 4.5, height / 3.0), (width / 2.0, height - 2));

        TransparentResult result = pipelines.Sdxl.Inpaint(image, mask, "a", Quick);

        Assert.Equal((width, height), (result.Image.Width, result.Image.Height));
        Assert.InRange(ChangedPixels(image, result.Image, mask, value => value == 0), 0, 0);
        Assert.InRange(ChangedPixels(image, result.Image, mask, value => value == 255), 10, int.MaxValue);
    }

    [Fact]
    public void Inpaint_FeatheredMaskThatIsCut_LeavesWhatIsBelowOneHalfBitIdentical()
    {
        RgbaImage image = Pictures.Noise(70, 45, 4);
        Mask mask = Mask.Rectangle(70, 45, 20, 10, 30, 20).Feather(6);

        TransparentResult result = pipelines.Sd15.Inpaint(image, mask, "a", Quick);

        Assert.Equal(0, ChangedPixels(image, result.Image, mask, value => value < 128));
        Assert.InRange(ChangedPixels(image, result.Image, mask, value => value >= 128), 10, int.MaxValue);
    }

    [Theory]
    [InlineData(ImageFit.Fill)]
    [InlineData(ImageFit.Fit)]
    [InlineData(ImageFit.Stretch)]
    public void Inpaint_AnotherSize_KeepsTheFittedPictureOutsideTheFittedMask(ImageFit fit)
    {
        RgbaImage image = Pictures.Disc(70, 45);
        Mask mask = Mask.Rectangle(70, 45, 20, 10, 30, 20);

        TransparentResult result = pipelines.Sdxl.Inpaint(image, mask, "a", Quick with { Width = 90, Height = 66, ImageFit = fit });

        Mask fitted = Mask.FromImage(mask.ToImage().FitTo(90, 66, fit));
        Assert.Equal(0, ChangedPixels(image.FitTo(90, 66, fit), result.Image, fitted, value => value < 128));
    }

    [Fact]
    public void Call_ResampledAsLight_IsThatOfThePictureBroughtToTheSizeBefore()
    {
        RgbaImage image = Pictures.Noise(70, 45, 8);
        GenerationOptions sized = Quick with { Width = 64, Height = 96, Seed = 3 };
        RgbaImage light = image.FitTo(64, 96, ImageFit.Fill, linearLight: true);
        Assert.NotEqual(image.FitTo(64, 96).ToArray(), light.ToArray());

        Assert.Equal(
            pipelines.Sdxl.GenerateTransparent(light, "a", sized).Image.ToArray(),
            pipelines.Sdxl.GenerateTransparent(image, "a", sized with { ResampleInLinearLight = true }).Image.ToArray());

        // A mask is no light.
        Mask mask = Mask.Rectangle(70, 45, 20, 10, 30, 20).Feather(6);
        Mask fitted = Mask.FromImage(mask.ToImage().FitTo(64, 96));
        GenerationOptions soft = sized with { SoftMask = true };
        Assert.Equal(
            pipelines.Sdxl.Inpaint(light, fitted, "a", soft).Image.ToArray(),
            pipelines.Sdxl.Inpaint(image, mask, "a", soft with { ResampleInLinearLight = true }).Image.ToArray());
    }

    [Fact]
    public void Call_StrengthLeftOut_IsToldWithTheResult()
    {
        RgbaImage image = Pictures.Disc(64, 64);
        GenerationOptions options = Quick with { Seed = 3 };
        GenerationResult[] results =
        [
            pipelines.Sdxl.GenerateTransparent(image, "a", options), pipelines.Sdxl.GenerateImage(image, "a", options), pipelines.Sdxl.Inpaint(image, Mask.Rectangle(64, 64, 9, 9, 40, 40), "a", options),
            pipelines.Sdxl.GenerateTransparent(image, "a", options with { Strength = 0.9 }), pipelines.Sdxl.GenerateTransparent("a", options with { Width = 64, Height = 64 }),
        ];
        Assert.Equal([0.75, 0.75, 1, 0.9, null], results.Select(result => result.Options.Strength));
    }

    [Fact]
    public void Inpaint_SoftMask_MixesByItsValues()
    {
        const int Side = 64;
        RgbaImage image = Pictures.Disc(Side, Side);
        byte[] values = new byte[Side * Side];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (byte)(255 * (i % Side) / (Side - 1));
        }

        Mask mask = Mask.FromValues(values, Side, Side);
        GenerationOptions soft = Quick with { SoftMask = true };
        Span<float> mixed = pipelines.Sdxl.Inpaint(image, mask, "a", soft).FloatImage.Pixels.Span;
        Span<float> generated = pipelines.Sdxl.Inpaint(image, mask, "a", soft with { KeepUnmasked = false }).FloatImage.Pixels.Span;

        ReadOnlySpan<byte> known = image.Pixels.Span;
        for (int i = 0; i < values.Length; i++)
        {
            double share = values[i] / 255.0;
            double oldAlpha = known[(i * 4) + 3] / 255.0;
            double newAlpha = generated[(i * 4) + 3];

            // Single precision of values up to 1.
            Assert.Equal(oldAlpha + (share * (newAlpha - oldAlpha)), mixed[(i * 4) + 3], 1e-5);
            for (int channel = 0; channel < 3; channel++)
            {
                double before = known[(i * 4) + channel] / 255.0 * oldAlpha;
                double after = generated[(i * 4) + channel] * newAlpha;
                Assert.Equal(before + (share * (after - before)), mixed[(i * 4) + channel] * mixed[(i * 4) + 3], 1e-5);
            }
        }
    }

    [Fact]
    public void Inpaint_MaskThatCannotBe_IsRefused()
    {
        RgbaImage image = Pictures.Disc(70, 45);
        Watcher watcher = new();

        ArgumentException size = Assert.Throws<ArgumentException>(() => pipelines.Sdxl.Inpaint(image, Mask.Rectangle(45, 70, 0, 0, 9, 9), "a", Quick, watcher));
        ArgumentException empty = Assert.Throws<ArgumentException>(() => pipelines.Sdxl.Inpaint(image, Mask.Rectangle(70, 45, 70, 0, 9, 9), "a", Quick, watcher));
        Mask faint = Mask.FromValues(Enumerable.Repeat((byte)127, 70 * 45).ToArray(), 70, 45);
        ArgumentException below = Assert.Throws<ArgumentException>(() => pipelines.Sdxl.Inpaint(image, faint, "a", Quick, watcher));

        Assert.All([size, empty, below], exception => Assert.Equal("mask", exception.ParamName));
        Assert.Contains("45×70, wanted the size of the picture, 70×45", size.Message, StringComparison.Ordinal);
        Assert.Contains("0 everywhere", empty.Message, StringComparison.Ordinal);
        Assert.Contains("SoftMask", below.Message, StringComparison.Ordinal);
        Assert.Empty(watcher.Reports);
        Assert.Equal(70, pipelines.Sdxl.Inpaint(image, faint, "a", Quick with { SoftMask = true }).Image.Width);
    }

    [Fact]
    public void Inpaint_MaskBetweenTheSamplesOfTheLatent_Warns()
    {
        TransparentResult result = pipelines.Sdxl.Inpaint(Pictures.Disc(64, 64), Mask.Rectangle(64, 64, 26, 26, 4, 4), "a", Quick);

        Assert.Contains(result.Warnings, warning => warning.StartsWith("The mask is so small", StringComparison.Ordinal));
    }

    [Fact]
    public void Inpaint_Warnings_AreThoseOfTheFinishedPicture()
    {
        RgbaImage empty = new(64, 64);
        TransparentResult result = pipelines.Sdxl.Inpaint(empty, Mask.Rectangle(64, 64, 0, 0, 2, 2), "a", Quick);

        Assert.Contains(result.Warnings, warning => warning.Contains("transparent everywhere", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(70, 45, 10, 0, 0, 7)]
    [InlineData(64, 64, 0, 64, 0, 0)]
    [InlineData(5, 3, 0, 0, 60, 1)]
    public void Outpaint_Picture_ComesBackBitIdentical(int width, int height, int left, int top, int right, int bottom)
    {
        RgbaImage image = Pictures.Noise(width, height, 5);

        TransparentResult result = pipelines.Sdxl.Outpaint(image, left, top, right, bottom, "a", Quick);

        Assert.Equal((width + left + right, height + top + bottom), (result.Image.Width, result.Image.Height));
        Assert.Equal(image.ToArray(), result.Image.Crop(left, top, width, height).ToArray());
    }

    [Fact]
    public void Outpaint_CanvasThatCannotBe_IsRefused()
    {
        RgbaImage image = Pictures.Disc(70, 45);

        Assert.Contains("Nothing is added", Assert.Throws<ArgumentException>(() => pipelines.Sdxl.Outpaint(image, 0, 0, 0, 0, "a", Quick)).Message, StringComparison.Ordinal);
        Assert.Equal("top", Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.Outpaint(image, 1, -1, 0, 0, "a", Quick)).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.Outpaint(image, int.MaxValue, 0, int.MaxValue, 0, "a", Quick));
        Assert.Equal("Width", Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.Outpaint(image, 8192, 0, 0, 0, "a", Quick)).ParamName);
        Assert.Equal("options", Assert.Throws<ArgumentException>(() => pipelines.Sdxl.Outpaint(image, 1, 1, 1, 1, "a", Quick with { Width = 80 })).ParamName);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-0.5)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void GenerateTransparent_StrengthOutOfRange_NamesIt(double strength)
    {
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => pipelines.Sdxl.GenerateTransparent(Pictures.Disc(64, 64), "a", Quick with { Strength = strength }));

        Assert.Equal("Strength", exception.ParamName);
        Assert.Contains("above 0 to 1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Call_StrengthThatLeavesNoStep_SaysSo()
    {
        RgbaImage image = Pictures.Disc(64, 64);
        GenerationOptions options = Quick with { Strength = 0.49 };
        ArgumentOutOfRangeException[] exceptions =
        [
            Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateTransparent(image, "a", options)),
            Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateImage(image, "a", options)),
            Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.Inpaint(image, Mask.FromAlpha(image), "a", options)),
        ];

        Assert.All(exceptions, exception => Assert.Contains("Strength 0.49 of 2 steps leaves none to run; wanted 0.5 to 1", exception.Message, StringComparison.Ordinal));
        Assert.Equal(64, pipelines.Sdxl.GenerateTransparent(image, "a", Quick with { Strength = 0.5 }).Image.Width);
    }

    [Fact]
    public void GenerateTransparent_PremultipliedPicture_IsTakenAsItsStraightForm()
    {
        RgbaImage premultiplied = Pictures.Disc(64, 64).ToPremultiplied();

        Assert.Equal(
            pipelines.Sdxl.GenerateTransparent(premultiplied.ToStraight(), "a", Quick).Image.ToArray(),
            pipelines.Sdxl.GenerateTransparent(premultiplied, "a", Quick).Image.ToArray());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 200)]
    public void GenerateTransparent_OptionsOfTheResultOfASmallPicture_GiveItAgain(int width, int height)
    {
        RgbaImage image = Pictures.Noise(width, height, 6);
        TransparentResult result = pipelines.Sdxl.GenerateTransparent(image, "a", Quick);

        TransparentResult again = pipelines.Sdxl.GenerateTransparent(image, "a", result.Options);

        Assert.Equal((width, height), (result.Options.Width!.Value, result.Options.Height!.Value));
        Assert.Equal(result.Image.ToArray(), again.Image.ToArray());
        Assert.Equal("Width", Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateTransparent(image, "a", Quick with { Width = 2 })).ParamName);
    }

    private static int ChangedPixels(RgbaImage before, RgbaImage after, Mask mask, Func<byte, bool> counts)
    {
        int changed = 0;
        for (int i = 0; i < mask.Values.Length; i++)
        {
            if (counts(mask.Values.Span[i]) && !before.Pixels.Span.Slice(i * 4, 4).SequenceEqual(after.Pixels.Span.Slice(i * 4, 4)))
            {
                changed++;
            }
        }

        return changed;
    }
}
