using LayerDiffusion.Onnx.ImageSharp;
using LayerDiffusion.Onnx.Imaging;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace LayerDiffusion.Onnx.Tests.Adapters;

/// <summary>The adapter's source, compiled against stand-ins of the few members of ImageSharp that it uses: not every package source has ImageSharp.</summary>
public sealed class ImageSharpExtensionsTests
{
    private static readonly byte[] Samples = [200, 100, 50, 128, 1, 2, 3, 0, 255, 0, 255, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120];

    [Fact]
    public void ToRgbaImage_OfToImageSharp_GivesEverySampleBack()
    {
        RgbaImage image = RgbaImage.FromPixels(Samples, 3, 2);

        using Image<Rgba32> copy = image.ToImageSharp();
        RgbaImage back = copy.ToRgbaImage();

        Assert.Equal((3, 2), (copy.Width, copy.Height));
        Assert.Equal((3, 2, AlphaMode.Straight), (back.Width, back.Height, back.AlphaMode));
        Assert.Equal(Samples, back.ToArray());
    }

    [Fact]
    public void ToImageSharp_OfAPremultipliedImage_GivesStraightAlpha()
    {
        RgbaImage premultiplied = RgbaImage.FromPixels([100, 50, 25, 128], 1, 1, AlphaMode.Premultiplied);

        using Image<Rgba32> image = premultiplied.ToImageSharp();

        Assert.Equal(premultiplied.ToStraight().ToArray(), image.ToRgbaImage().ToArray());
    }
}
