namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How an animated PNG file is written.</summary>
public sealed record ApngOptions
{
    /// <summary>Gets the options that apply when none are given.</summary>
    public static ApngOptions Default { get; } = new();

    /// <summary>Gets how often the animation is played; 0, as it is if not set, means without end.</summary>
    public int PlayCount { get; init; }

    /// <summary>Gets compression, filter and metadata; the bit depth is always 8.</summary>
    public PngOptions Png { get; init; } = PngOptions.Default;
}
