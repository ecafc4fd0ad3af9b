namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Where a diffusion process gets its random numbers: the start noise and the noise that stochastic schedulers add.</summary>
/// <remarks>A source is a stream with a state: it serves one generation at a time and is not safe for use by several threads at once.</remarks>
public interface INoiseSource
{
    /// <summary>Fills the destination with the next independent samples of the standard normal distribution.</summary>
    /// <param name="destination">Receives the samples, row-major, for instance a latent of shape <c>[B,4,h,w]</c>.</param>
    void NextNormal(Span<float> destination);

    /// <summary>
    /// Fills the destination with the increment of a Brownian motion between two noise levels, divided by the square root of their distance
    /// (so that every element has variance 1).
    /// </summary>
    /// <param name="destination">Receives the samples, row-major.</param>
    /// <param name="sigma">The noise level that the step leaves.</param>
    /// <param name="nextSigma">The noise level that the step reaches.</param>
    /// <remarks>A source that knows no Brownian motion draws independent samples, which is the default.</remarks>
    void NextBrownian(Span<float> destination, double sigma, double nextSigma) => NextNormal(destination);
}
