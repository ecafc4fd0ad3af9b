using System.IO.Compression;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How a PNG file is written.</summary>
public sealed record PngOptions
{
    /// <summary>Gets the options that apply when none are given.</summary>
    public static PngOptions Default { get; } = new();

    /// <summary>Gets how much time the compressor may take.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Optimal;

    /// <summary>Gets the filter of the rows.</summary>
    public PngFilter Filter { get; init; } = PngFilter.Adaptive;

    /// <summary>
    /// Gets the bits per sample of a file written from a <see cref="RgbaFloatImage"/>: 8 or 16.
    /// An <see cref="RgbaImage"/> is always written with 8.
    /// </summary>
    public int BitDepth { get; init; } = 16;

    /// <summary>Gets the texts and the colour description to write; by default that the colours are sRGB.</summary>
    public PngMetadata Metadata { get; init; } = PngMetadata.Srgb;
}
