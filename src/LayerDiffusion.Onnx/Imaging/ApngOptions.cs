namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How an animated PNG file is written.</summary>
public sealed record ApngOptions
{
    /// <summary>Gets the options that apply when none are given.</summary>
    public static ApngOptions Default { get; } = new();

    /// <summary>Gets how long each frame is shown, from 0 to 65.535 s in steps of 1 ms; 0.1 s if not set.</summary>
    public TimeSpan FrameDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets how often the animation plays; 0, the default, means forever.</summary>
    public int PlayCount { get; init; }

    /// <summary>Gets how the frames are compressed, and the texts and colour description of the file.</summary>
    public PngOptions Png { get; init; } = PngOptions.Default;
}
