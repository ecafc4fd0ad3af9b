namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Where a stochastic scheduler gets its noise from.</summary>
/// <remarks>
/// One source serves one trajectory. To get the images of diffusers, the draws must come from one <c>torch.Generator</c> in the order
/// in which the scheduler asks, after the initial noise.
/// </remarks>
public interface INoiseSource
{
    /// <summary>Fills a span with the next draws from the standard normal distribution.</summary>
    /// <param name="destination">Receives the noise, <c>[B,4,h,w]</c> flattened.</param>
    void NextNormal(Span<float> destination);

    /// <summary>
    /// Fills a span with the increment of a Brownian motion between two noise levels, divided by the square root of their distance, so
    /// that it is standard normal. Unless a source says otherwise this is fresh noise.
    /// </summary>
    /// <param name="destination">Receives the noise, <c>[B,4,h,w]</c> flattened.</param>
    /// <param name="sigma">Noise level at which the step starts.</param>
    /// <param name="nextSigma">Noise level at which it ends.</param>
    void NextBrownian(Span<float> destination, double sigma, double nextSigma) => this.NextNormal(destination);
}
