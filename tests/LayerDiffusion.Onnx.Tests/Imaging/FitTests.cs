using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Imaging;

/// <summary>Bringing pictures to a size.</summary>
public sealed class FitTests
{
    [Theory]
    [InlineData(70, 45, 66, 101)]
    [InlineData(70, 45, 101, 66)]
    [InlineData(70, 45, 35, 22)]
    [InlineData(1, 1, 64, 3)]
    [InlineData(3, 500, 64, 1)]
    [InlineData(1, 8192, 8192, 64)]
    [InlineData(8192, 1, 64, 512)]
    public void FitTo_AnySizes_GivesExactlyTheSize(int width, int height, int wantedWidth, int wantedHeight)
    {
        RgbaImage image = Pictures.Noise(width, height, 1);
        foreach (ImageFit fit in Enum.GetValues<ImageFit>())
        {
            RgbaImage fitted = image.FitTo(wantedWidth, wantedHeight, fit);
            Assert.Equal((wantedWidth, wantedHeight, AlphaMode.Straight), (fitted.Width, fitted.Height, fitted.AlphaMode));
        }
    }

    [Fact]
    public void FitTo_ItsOwnSize_IsThePictureItself()
    {
        RgbaImage image = Pictures.Noise(20, 10, 1);

        Assert.All(Enum.GetValues<ImageFit>(), fit => Assert.Same(image, image.FitTo(20, 10, fit)));
    }

    [Fact]
    public void FitTo_Fill_CutsOffEvenlyAboutTheCentre()
    {
        RgbaImage image = Columns(8, 4);

        RgbaImage fitted = image.FitTo(4, 4, ImageFit.Fill);

        Assert.Equal(image.Crop(2, 0, 4, 4).ToArray(), fitted.ToArray());
    }

    [Fact]
    public void FitTo_FillOfAVeryLongPicture_ShowsItsMiddle()
    {
        RgbaImage fitted = Columns(256, 1).FitTo(16, 16, ImageFit.Fill);

        // One pixel of 256 columns is all that fits.
        Assert.All(fitted.ToArray().Chunk(4), pixel => Assert.InRange((int)pixel[0], 126, 129));
    }

    [Fact]
    public void FitTo_Fit_AddsTransparentBars()
    {
        RgbaImage fitted = Columns(8, 4).FitTo(8, 8, ImageFit.Fit);

        Assert.Equal(Columns(8, 4).ToArray(), fitted.Crop(0, 2, 8, 4).ToArray());
        Assert.All(fitted.Crop(0, 0, 8, 2).ToArray(), sample => Assert.Equal(0, sample));
        Assert.All(fitted.Crop(0, 6, 8, 2).ToArray(), sample => Assert.Equal(0, sample));
    }

    [Fact]
    public void FitTo_Stretch_KeepsTheBorders()
    {
        RgbaImage fitted = Columns(4, 4).FitTo(8, 2, ImageFit.Stretch);

        byte[] reds = [.. fitted.ToArray().Take(8 * 4).Where((_, index) => index % 4 == 0)];
        Assert.Equal(reds.Order(), reds);
        Assert.True(reds[0] < 30 && reds[^1] > 180);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FitTo_InvisibleColour_DoesNotBleed(bool linearLight)
    {
        RgbaImage image = new(16, 16);
        for (int i = 0; i < 256; i++)
        {
            // The left half is visible red, the right half invisible green.
            (i % 16 < 8 ? new byte[] { 255, 0, 0, 255 } : [0, 255, 0, 0]).CopyTo(image.Pixels.Span[(i * 4)..]);
        }

        RgbaImage fitted = image.FitTo(11, 7, ImageFit.Stretch, linearLight);

        Assert.All(fitted.ToArray().Chunk(4), pixel => Assert.Equal(0, pixel[1]));
    }

    [Fact]
    public void FitTo_BadInput_NamesIt()
    {
        RgbaImage image = new(4, 4);

        Assert.Equal("width", Assert.Throws<ArgumentOutOfRangeException>(() => image.FitTo(0, 4)).ParamName);
        Assert.Equal("height", Assert.Throws<ArgumentOutOfRangeException>(() => image.FitTo(4, -1)).ParamName);
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => image.FitTo(8, 8, (ImageFit)9));
        Assert.Equal("fit", exception.ParamName);
        Assert.Contains("Fill, Fit, Stretch", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Opaque columns whose red rises from left to right.</summary>
    private static RgbaImage Columns(int width, int height)
    {
        RgbaImage image = new(width, height);
        for (int i = 0; i < width * height; i++)
        {
            image.Pixels.Span[i * 4] = (byte)(i % width * 256 / width);
            image.Pixels.Span[(i * 4) + 3] = 255;
        }

        return image;
    }
}
