using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How guidance works besides its scale. The default is plain classifier-free guidance in every step, as in diffusers.</summary>
public sealed record GuidanceOptions
{
    /// <summary>Gets the default options: plain classifier-free guidance (Ho and Salimans 2022) in every step.</summary>
    public static GuidanceOptions Default { get; } = new();

    /// <summary>
    /// Gets the rescale factor φ, 0 … 1 (Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed", section 3.4; diffusers' <c>guidance_rescale</c>):
    /// how far the standard deviation of the guided prediction is brought back to that of the positive prediction, image by image. 0, the default, is off.
    /// </summary>
    public double Rescale { get; init; }

    /// <summary>
    /// Gets the noise level σ at and below which guidance is off, 0 or more (Kynkäänniemi et al. 2024, "Applying guidance in a limited interval improves sample
    /// and distribution quality in diffusion models"). Guidance acts where IntervalLow &lt; σ ≤ IntervalHigh; elsewhere the positive prediction is taken as it is, and the
    /// negative one is not computed, which saves its time. 0, the default, sets no lower bound.
    /// </summary>
    /// <remarks>
    /// σ = √((1 − ᾱ) / ᾱ), as in the sigmas of diffusers' Euler schedulers (0.03 … 14.6 for Stable Diffusion), σ / (1 − σ) of flow matching's own σ; it does not depend on scheduler or
    /// number of steps. The paper's choice for Stable Diffusion XL is 0.28 … 5.42.
    /// </remarks>
    public double IntervalLow { get; init; }

    /// <summary>Gets the noise level σ above which guidance is off, above <see cref="IntervalLow"/>. Positive infinity, the default, sets no upper bound.</summary>
    public double IntervalHigh { get; init; } = double.PositiveInfinity;

    /// <summary>
    /// Gets the weight, 0 or more, of a perpendicular negative prompt (Armandpour et al. 2023, "Re-imagine the negative prompt algorithm"; Perp-Neg in the web
    /// interfaces, whose usual weight is 1), or null, the default, for an ordinary one. Only the part of the negative direction at right angles to
    /// the positive one is subtracted, so that the negative prompt cannot cancel the prompt. Takes a third prediction, with the empty prompt; without a negative prompt it changes nothing.
    /// </summary>
    public double? PerpendicularNegative { get; init; }

    /// <summary>Gets the dynamic thresholding of the guided prediction, or null, the default, for none. Not for EDM and flow matching, whose samples it does not know.</summary>
    public DynamicThresholding? DynamicThresholding { get; init; }

    /// <summary>Checks every property.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property lies outside its range; the message names it, what was found and what is wanted.</exception>
    public void Validate()
    {
        if (!(this.Rescale is >= 0 and <= 1))
        {
            throw Invalid(nameof(this.Rescale), this.Rescale, "0 to 1");
        }

        if (!(this.IntervalLow >= 0 && double.IsFinite(this.IntervalLow)))
        {
            throw Invalid(nameof(this.IntervalLow), this.IntervalLow, "a finite number of 0 or more");
        }

        if (!(this.IntervalHigh > this.IntervalLow))
        {
            throw Invalid(nameof(this.IntervalHigh), this.IntervalHigh, string.Create(CultureInfo.InvariantCulture, $"more than IntervalLow, {this.IntervalLow}"));
        }

        if (this.PerpendicularNegative is double weight && !(weight >= 0 && double.IsFinite(weight)))
        {
            throw Invalid(nameof(this.PerpendicularNegative), weight, "a finite number of 0 or more, or null");
        }

        this.DynamicThresholding?.Validate();
    }

    private static ArgumentOutOfRangeException Invalid(string property, double found, string wanted) =>
        new(property, string.Create(CultureInfo.InvariantCulture, $"GuidanceOptions.{property} is {found}, wanted {wanted}."));
}
