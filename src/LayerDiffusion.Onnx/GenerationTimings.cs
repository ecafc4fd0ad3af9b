namespace LayerDiffusion.Onnx;

/// <summary>Where the time of a generation went. Loading a network counts to the stage that needed it.</summary>
/// <param name="EncodePrompt">Tokenizing and the text encoders.</param>
/// <param name="EncodeImage">VAE and transparency encoder, for pictures given.</param>
/// <param name="Denoise">The UNet loop of the whole batch.</param>
/// <param name="DecodeImage">The VAE decoder.</param>
/// <param name="DecodeTransparency">The transparency decoder, all views.</param>
public readonly record struct GenerationTimings(
    TimeSpan EncodePrompt,
    TimeSpan EncodeImage,
    TimeSpan Denoise,
    TimeSpan DecodeImage,
    TimeSpan DecodeTransparency)
{
    /// <summary>Gets the sum of the stages.</summary>
    public TimeSpan Total => this.EncodePrompt + this.EncodeImage + this.Denoise + this.DecodeImage + this.DecodeTransparency;
}
