namespace SixLabors.ImageSharp.PixelFormats;

/// <summary>Stands in for ImageSharp's structure of this name.</summary>
public readonly struct Rgba32 : IPixel<Rgba32>;
