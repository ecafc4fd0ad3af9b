namespace LayerDiffusion.Onnx.Imaging;

/// <content>Resizing.</content>
public sealed partial class RgbaFloatImage
{
    /// <summary>Resizes the picture. Colour is filtered premultiplied, so that invisible colour never bleeds in; nothing is clipped.</summary>
    /// <param name="width">New width in pixels, 1 or more.</param>
    /// <param name="height">New height in pixels, 1 or more.</param>
    /// <param name="filter">How pixels are made.</param>
    /// <returns>A new image with the same alpha mode; straight colour is 0 where alpha is 0.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the area is too large, or <paramref name="filter"/> is no filter.</exception>
    public RgbaFloatImage Resize(int width, int height, ResamplingFilter filter = ResamplingFilter.Lanczos)
    {
        _ = RgbaImage.SampleCount(width, height);
        float[] source = this.AlphaMode == AlphaMode.Straight ? this.ToPremultiplied().pixels : this.pixels;
        float[] resized = ImageResampler.Resize(source, this.Width, this.Height, 4, width, height, filter);
        if (this.AlphaMode == AlphaMode.Straight)
        {
            AlphaConversion.Unpremultiply(resized, resized);
        }

        return new RgbaFloatImage(resized, width, height, this.AlphaMode);
    }
}
