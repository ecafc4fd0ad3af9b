using LayerDiffusion.Onnx.Imaging;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;

namespace LayerDiffusion.Onnx.ImageSharp;

/// <summary>Copies pictures between this library and ImageSharp.</summary>
public static class ImageSharpExtensions
{
    /// <summary>Copies a picture into an ImageSharp image, whose alpha is straight: a premultiplied picture is divided by its alpha first.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>A new image of the same size; the caller disposes it.</returns>
    public static Image<Rgba32> ToImageSharp(this RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbaImage straight = image.AlphaMode == AlphaMode.Straight ? image : image.ToStraight();
        return Image.LoadPixelData<Rgba32>(straight.Pixels.Span, straight.Width, straight.Height);
    }

    /// <summary>Copies an ImageSharp image into a picture with straight alpha. An image of other pixels is to be converted first, by <c>CloneAs&lt;Rgba32&gt;()</c>.</summary>
    /// <param name="image">The image; of several frames the first.</param>
    /// <returns>A new picture of the same size.</returns>
    public static RgbaImage ToRgbaImage(this Image<Rgba32> image)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbaImage copy = new(image.Width, image.Height);
        image.CopyPixelDataTo(copy.Pixels.Span);
        return copy;
    }
}
