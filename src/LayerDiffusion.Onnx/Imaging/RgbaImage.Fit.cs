namespace LayerDiffusion.Onnx.Imaging;

/// <content>Bringing a picture to a size.</content>
public sealed partial class RgbaImage
{
    // How many times larger than the result a picture may be scaled on the way to it.
    private const double MostEnlargement = 16;

    /// <summary>Brings the picture to a size; one that has it already comes back unchanged.</summary>
    /// <param name="width">Width wanted, 1 or more.</param>
    /// <param name="height">Height wanted, 1 or more.</param>
    /// <param name="fit">What happens to the aspect ratio.</param>
    /// <param name="linearLight">Whether resampling mixes light instead of sRGB values; colour is weighted by alpha either way.</param>
    /// <returns>A picture of that size.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or <paramref name="fit"/> is none of the enumeration.</exception>
    public RgbaImage FitTo(int width, int height, ImageFit fit = ImageFit.Fill, bool linearLight = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (width == this.Width && height == this.Height)
        {
            return this;
        }

        double scaleX = (double)width / this.Width;
        double scaleY = (double)height / this.Height;
        switch (fit)
        {
            case ImageFit.Stretch:
                return this.Resize(width, height, ResamplingFilter.Lanczos, linearLight);
            case ImageFit.Fill:
            {
                double scale = Math.Max(scaleX, scaleY);
                if (this.Width * scale * this.Height * scale > MostEnlargement * width * height)
                {
                    // Nearly all would be enlarged only to be cut off, so that it is cut off first.
                    int keptWidth = Math.Clamp((int)Math.Ceiling(width / scale), 1, this.Width);
                    int keptHeight = Math.Clamp((int)Math.Ceiling(height / scale), 1, this.Height);
                    if (keptWidth < this.Width || keptHeight < this.Height)
                    {
                        return this.Crop((this.Width - keptWidth) / 2, (this.Height - keptHeight) / 2, keptWidth, keptHeight).FitTo(width, height, fit, linearLight);
                    }
                }

                int scaledWidth = Math.Max(width, (int)Math.Round(this.Width * scale));
                int scaledHeight = Math.Max(height, (int)Math.Round(this.Height * scale));
                return this.Resize(scaledWidth, scaledHeight, ResamplingFilter.Lanczos, linearLight)
                    .Crop((scaledWidth - width) / 2, (scaledHeight - height) / 2, width, height);
            }

            case ImageFit.Fit:
            {
                double scale = Math.Min(scaleX, scaleY);
                int scaledWidth = Math.Clamp((int)Math.Round(this.Width * scale), 1, width);
                int scaledHeight = Math.Clamp((int)Math.Round(this.Height * scale), 1, height);
                int left = (width - scaledWidth) / 2;
                int top = (height - scaledHeight) / 2;
                return this.Resize(scaledWidth, scaledHeight, ResamplingFilter.Lanczos, linearLight)
                    .Extend(left, top, width - scaledWidth - left, height - scaledHeight - top);
            }

            default:
                throw new ArgumentOutOfRangeException(nameof(fit), fit, $"Wanted one of {string.Join(", ", Enum.GetNames<ImageFit>())}.");
        }
    }

    /// <summary>Adds rows and columns that repeat the outermost samples, alpha included.</summary>
    internal RgbaImage ExtendByEdge(int left, int top, int right, int bottom)
    {
        RgbaImage extended = new(this.Width + left + right, this.Height + top + bottom, this.AlphaMode);
        for (int y = 0; y < extended.Height; y++)
        {
            ReadOnlySpan<byte> source = this.GetRow(Math.Clamp(y - top, 0, this.Height - 1));
            Span<byte> target = extended.GetRow(y);
            source.CopyTo(target[(left * 4)..]);
            for (int x = 0; x < left; x++)
            {
                source[..4].CopyTo(target[(x * 4)..]);
            }

            for (int x = left + this.Width; x < extended.Width; x++)
            {
                source[^4..].CopyTo(target[(x * 4)..]);
            }
        }

        return extended;
    }
}
