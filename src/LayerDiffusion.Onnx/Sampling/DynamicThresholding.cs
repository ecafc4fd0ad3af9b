using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Dynamic thresholding (Saharia et al. 2022, "Photorealistic text-to-image diffusion models with deep language understanding", section 2.3): the predicted
/// clean sample x₀ of each image is clipped to ±s and multiplied by limit ÷ s, where s is a percentile of |x₀|, at least the limit.
/// It keeps very strong guidance from saturating.
/// </summary>
/// <remarks>
/// The paper works on pixels in −1 … 1, limit 1. Latents have no such bounds; their variance is about 1, and the default limit of 4
/// leaves all ordinary values as they are.
/// </remarks>
public sealed record DynamicThresholding
{
    /// <summary>Gets the share of values, above 0 and up to 1, that s leaves unclipped. 0.995 by default, as in diffusers.</summary>
    public double Percentile { get; init; } = 0.995;

    /// <summary>Gets the magnitude, above 0, up to which values are allowed anyway. 4 by default; 1 for models of pixels.</summary>
    public double Limit { get; init; } = 4;

    /// <summary>Checks every property.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property lies outside its range; the message names it, what was found and what is wanted.</exception>
    public void Validate()
    {
        if (!(this.Percentile is > 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(this.Percentile), string.Create(CultureInfo.InvariantCulture, $"DynamicThresholding.Percentile is {this.Percentile}, wanted above 0 and at most 1."));
        }

        if (!(this.Limit > 0 && double.IsFinite(this.Limit)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(this.Limit), string.Create(CultureInfo.InvariantCulture, $"DynamicThresholding.Limit is {this.Limit}, wanted a finite number above 0."));
        }
    }
}
