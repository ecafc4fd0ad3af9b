namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Limits of the PNG reader.</summary>
public sealed record PngReadOptions
{
    /// <summary>Gets the limits that apply when none are given.</summary>
    public static PngReadOptions Default { get; } = new();

    /// <summary>Gets the largest accepted number of pixels, width × height: 2²⁷ (134,217,728, 512 MiB of RGBA) if not set.</summary>
    public long MaximumPixels { get; init; } = 1L << 27;

    /// <summary>Gets the largest accepted size of all texts and colour profiles together, in bytes after decompression: 16 MiB if not set.</summary>
    public int MaximumMetadataBytes { get; init; } = 16 << 20;
}
