namespace LayerDiffusion.Onnx.Imaging;

/// <content>Resizing.</content>
public sealed partial class RgbaImage
{
    /// <summary>
    /// Resizes the picture. Colour is filtered premultiplied, so that invisible colour never bleeds in, in floats that are rounded once at the end.
    /// </summary>
    /// <param name="width">New width in pixels, 1 or more.</param>
    /// <param name="height">New height in pixels, 1 or more.</param>
    /// <param name="filter">How pixels are made.</param>
    /// <param name="linearLight">Whether to filter linear light instead of stored sRGB values, as is right for light and for mip levels.</param>
    /// <returns>A new image with the same alpha mode. Where its alpha is 0 its colour is 0, so bleed or pad after resizing; the nearest filters keep it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the area is too large, or <paramref name="filter"/> is no filter.</exception>
    public RgbaImage Resize(int width, int height, ResamplingFilter filter = ResamplingFilter.Lanczos, bool linearLight = false)
    {
        RgbaImage result = new(GC.AllocateUninitializedArray<byte>(SampleCount(width, height)), width, height, this.AlphaMode);
        this.ResizeTo(result, filter, linearLight);
        return result;
    }

    /// <summary>Resizes the picture into one that is there already, as <see cref="Resize"/> does.</summary>
    /// <param name="destination">Another image, whose size is the new one; all its pixels are overwritten. It must have the same alpha mode.</param>
    /// <param name="filter">How pixels are made.</param>
    /// <param name="linearLight">Whether to filter linear light instead of stored sRGB values.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is this image or has another alpha mode.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="filter"/> is no filter.</exception>
    public void ResizeTo(RgbaImage destination, ResamplingFilter filter = ResamplingFilter.Lanczos, bool linearLight = false)
    {
        ArgumentNullException.ThrowIfNull(destination);
        CheckDestination(ReferenceEquals(destination, this), destination.AlphaMode, this.AlphaMode, nameof(destination));
        (ResamplingWeights Horizontal, ResamplingWeights Vertical) weights = ResamplingWeights.ForPicture(filter, this.Width, this.Height, destination.Width, destination.Height);
        if (filter is ResamplingFilter.Nearest or ResamplingFilter.NearestCorner)
        {
            ImageResampler.Pick(this.pixels, this.Width, 4, weights.Horizontal.Starts, weights.Vertical.Starts, destination.pixels);
            return;
        }

        SeparableResampler.Run(
            (y, row) => PremultipliedRows.Read(this.GetRow(y), this.AlphaMode, linearLight, row),
            weights,
            (y, row) => PremultipliedRows.Write(row, this.AlphaMode, linearLight, destination.GetRow(y)));
    }

    /// <summary>
    /// Resizes the picture byte for byte as Pillow 12's <c>Image.resize</c> does with RGBA, whose fixed-point arithmetic rounds several times,
    /// for parity with pipelines that prepare their inputs with it. <see cref="Resize"/> is more exact.
    /// </summary>
    /// <param name="width">New width in pixels, 1 or more.</param>
    /// <param name="height">New height in pixels, 1 or more.</param>
    /// <param name="filter">One of Pillow's filters: Nearest, Box, Bilinear, Hamming, Bicubic, Lanczos.</param>
    /// <returns>A new image with the same alpha mode.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the area is too large, or <paramref name="filter"/> is not one of Pillow's.</exception>
    public RgbaImage ResizeFixedPoint(int width, int height, ResamplingFilter filter)
    {
        _ = SampleCount(width, height);
        if (filter is < ResamplingFilter.Nearest or > ResamplingFilter.Lanczos)
        {
            throw new ArgumentOutOfRangeException(nameof(filter), filter, "The filter must be Nearest, Box, Bilinear, Hamming, Bicubic or Lanczos.");
        }

        if (width == this.Width && height == this.Height)
        {
            return this.Clone();
        }

        bool convert = this.AlphaMode == AlphaMode.Straight && filter != ResamplingFilter.Nearest;
        ReadOnlySpan<byte> source = convert ? this.ToPremultiplied().pixels : this.pixels;
        byte[] resized = ImageResampler.ResizeFixedPoint(source, this.Width, this.Height, 4, width, height, filter);
        for (int i = 0; convert && i < resized.Length; i += 4)
        {
            int alpha = resized[i + 3];
            for (int channel = 0; channel < 3 && alpha is > 0 and < 255; channel++)
            {
                resized[i + channel] = (byte)Math.Min(255, 255 * resized[i + channel] / alpha);
            }
        }

        return new RgbaImage(resized, width, height, this.AlphaMode);
    }

    /// <summary>Checks what a picture is resized into.</summary>
    internal static void CheckDestination(bool isItself, AlphaMode mode, AlphaMode wanted, string name)
    {
        if (isItself)
        {
            throw new ArgumentException("The destination is the picture itself; wanted another image.", name);
        }

        if (mode != wanted)
        {
            throw new ArgumentException($"The destination's alpha mode is {mode}; wanted that of the picture, {wanted}.", name);
        }
    }
}
