namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How mip levels are made.</summary>
public sealed record MipOptions
{
    /// <summary>Gets the options that apply when none are given.</summary>
    public static MipOptions Default { get; } = new();

    /// <summary>Gets the largest number of levels below the picture itself; all down to 1 × 1 if not set.</summary>
    public int MaximumLevels { get; init; } = int.MaxValue;

    /// <summary>Gets a value indicating whether linear light is averaged instead of stored sRGB values.</summary>
    public bool LinearLight { get; init; } = true;

    /// <summary>
    /// Gets the alpha test of a masked material, above 0 and below 1, whose coverage every level shall keep, or null to leave alpha as averaged.
    /// Each level's alpha is scaled so that as large a part of it passes the test as of the picture itself
    /// (I. Castaño, "Computing alpha mipmaps", 2010).
    /// </summary>
    public double? CoverageCutoff { get; init; }

    /// <summary>Gets how many pixels far colour is spread into invisible pixels of straight levels, so that filtering between texels finds it; 0 for not at all.</summary>
    public int BleedDistance { get; init; } = 4;
}
