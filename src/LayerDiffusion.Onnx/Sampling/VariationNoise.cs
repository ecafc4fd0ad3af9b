using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Variations of a picture: the first draw, the start noise, is the spherical interpolation of two sources' draws; all later draws
/// come from the main source alone.
/// </summary>
/// <remarks>
/// <para>A small strength moves the start noise a little towards that of another seed and keeps most of the picture. The result has the
/// length of noise, which a straight blend would not have.</para>
/// <para>Without a latent size the angle is taken between whole rows, flattened, as in diffusers' interpolation examples. With one, every column of
/// every channel of the latent <c>[C,h,w]</c> is interpolated on its own: this is what the AUTOMATIC1111 web UI does, whose variation seeds
/// give the same picture only so.</para>
/// </remarks>
public sealed class VariationNoise : INoiseSource
{
    private readonly INoiseSource source;
    private readonly float strength;
    private readonly int height;
    private readonly int width;
    private INoiseSource? variation;

    /// <summary>Initializes a new instance of the <see cref="VariationNoise"/> class, for one image.</summary>
    /// <param name="source">The noise of the picture that is varied.</param>
    /// <param name="variation">The noise to move towards.</param>
    /// <param name="strength">0 … 1: how far; 0 leaves the first source as it is.</param>
    /// <param name="latentHeight">Height of the latent, for the web UI's column-wise blend; 0 blends whole rows.</param>
    /// <param name="latentWidth">Width of the latent, or 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The strength lies outside 0 … 1, or a side is negative or given alone.</exception>
    public VariationNoise(INoiseSource source, INoiseSource variation, float strength, int latentHeight = 0, int latentWidth = 0)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(variation);
        if (!(strength is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(strength), string.Create(CultureInfo.InvariantCulture, $"The variation strength is {strength}, wanted 0 to 1."));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(latentHeight);
        ArgumentOutOfRangeException.ThrowIfNegative(latentWidth);
        if ((latentHeight == 0) != (latentWidth == 0))
        {
            throw new ArgumentOutOfRangeException(
                nameof(latentWidth), latentWidth, string.Create(CultureInfo.InvariantCulture, $"The latent height is {latentHeight}: wanted both sides or none."));
        }

        this.source = source;
        this.variation = strength > 0 ? variation : null;
        this.strength = strength;
        this.height = latentHeight;
        this.width = latentWidth;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The length of the first draw is not a multiple of the latent's area.</exception>
    public void NextNormal(Span<float> destination)
    {
        if (this.variation is null || destination.IsEmpty)
        {
            this.source.NextNormal(destination);
            return;
        }

        bool columns = this.height > 0;
        int height = columns ? this.height : destination.Length;
        int width = columns ? this.width : 1;
        if (destination.Length % ((long)height * width) != 0)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The destination holds {destination.Length} values, wanted a multiple of the latent's {height} x {width}."),
                nameof(destination));
        }

        this.source.NextNormal(destination);
        float[] other = new float[destination.Length];
        this.variation.NextNormal(other);
        this.variation = null;
        int channel = height * width;
        for (int start = 0; start < destination.Length; start += channel)
        {
            SphericalInterpolation.Apply(this.strength, destination.Slice(start, channel), other.AsSpan(start, channel), width);
        }
    }

    /// <inheritdoc/>
    public void NextBrownian(Span<float> destination, double sigma, double nextSigma) => this.source.NextBrownian(destination, sigma, nextSigma);
}
