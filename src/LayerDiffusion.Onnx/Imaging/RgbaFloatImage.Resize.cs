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
        this.ResizeTo(result, filter);
        return result;
    }

    /// <summary>Resizes the picture into one that is there already, as <see cref="Resize"/> does: memory in use is faster than new memory, whose first use can cost as much as the filter.</summary>
    /// <param name="destination">Another image, whose size is the new one; all its pixels are overwritten. It must have the same alpha mode.</param>
    /// <param name="filter">How pixels are made.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is this image or has another alpha mode.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="filter"/> is no filter.</exception>
    public void ResizeTo(RgbaFloatImage destination, ResamplingFilter filter = ResamplingFilter.Lanczos)
    {
        ArgumentNullException.ThrowIfNull(destination);
        RgbaImage.CheckDestination(ReferenceEquals(destination, this), destination.AlphaMode, this.AlphaMode, nameof(destination));
        (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights = ResamplingWeights.ForPicture(filter, this.Width, this.Height, destination.Width, destination.Height);
        if (this.AlphaMode == AlphaMode.Straight)
        {
            SeparableResampler.Run(
                (y, row) => AlphaConversion.Premultiply(this.GetRow(y), row),
                weights,
                (y, row) => AlphaConversion.Unpremultiply(row, destination.GetRow(y)));
        }
        else
        {
            SeparableResampler.Run(this.pixels, weights, (y, row) => row.CopyTo(destination.GetRow(y)));
        }
    }
}
