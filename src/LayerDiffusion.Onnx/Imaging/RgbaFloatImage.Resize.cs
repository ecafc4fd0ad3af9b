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
        RgbaFloatImage result = new(GC.AllocateUninitializedArray<float>(RgbaImage.SampleCount(width, height)), width, height, this.AlphaMode);
        (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights = ResamplingWeights.ForPicture(filter, this.Width, this.Height, width, height);
        if (this.AlphaMode == AlphaMode.Straight)
        {
            SeparableResampler.Run(
                (y, row) => AlphaConversion.Premultiply(this.GetRow(y), row),
                weights,
                (y, row) => AlphaConversion.Unpremultiply(row, result.GetRow(y)));
        }
        else
        {
            SeparableResampler.Run(this.pixels, weights, (y, row) => row.CopyTo(result.GetRow(y)));
        }

        return result;
    }
}
