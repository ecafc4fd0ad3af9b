namespace LayerDiffusion.Onnx;

/// <summary>A transparent picture as the networks see it: a latent with alpha written into it.</summary>
public sealed class TransparentLatent
{
    private readonly float[] values;

    /// <summary>Initializes a new instance of the <see cref="TransparentLatent"/> class.</summary>
    /// <param name="values">The unscaled latent, <c>[channels,latentHeight,latentWidth]</c>; it is copied.</param>
    /// <param name="channels">Channels, 4 for Stable Diffusion.</param>
    /// <param name="latentHeight">An eighth of the networks' height.</param>
    /// <param name="latentWidth">An eighth of the networks' width.</param>
    /// <param name="width">Width of the picture in pixels, at most eight times <paramref name="latentWidth"/>.</param>
    /// <param name="height">Height of the picture in pixels, at most eight times <paramref name="latentHeight"/>.</param>
    /// <exception cref="ArgumentException">There are not channels × latentHeight × latentWidth values.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent is below 1, or the picture is larger than the latent.</exception>
    public TransparentLatent(ReadOnlySpan<float> values, int channels, int latentHeight, int latentWidth, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(latentHeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(latentWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, latentWidth * 8L);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, latentHeight * 8L);
        if (values.Length != (long)channels * latentHeight * latentWidth)
        {
            throw new ArgumentException($"A latent of [{channels},{latentHeight},{latentWidth}] has {(long)channels * latentHeight * latentWidth} values, given were {values.Length}.", nameof(values));
        }

        this.values = values.ToArray();
        this.Channels = channels;
        this.LatentHeight = latentHeight;
        this.LatentWidth = latentWidth;
        this.Width = width;
        this.Height = height;
    }

    /// <summary>Gets the unscaled latent, <c>[channels,latentHeight,latentWidth]</c>: multiplied by the VAE's scaling factor it is what a UNet denoises.</summary>
    public ReadOnlyMemory<float> Values => this.values;

    /// <summary>Gets the channels.</summary>
    public int Channels { get; }

    /// <summary>Gets an eighth of the networks' height.</summary>
    public int LatentHeight { get; }

    /// <summary>Gets an eighth of the networks' width.</summary>
    public int LatentWidth { get; }

    /// <summary>Gets the width of the picture; the networks' is the next multiple of 64, and what is too much is cropped about the centre.</summary>
    public int Width { get; }

    /// <summary>Gets the height of the picture.</summary>
    public int Height { get; }

    internal float[] Array => this.values;
}
