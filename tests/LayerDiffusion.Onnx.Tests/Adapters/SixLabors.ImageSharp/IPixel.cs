namespace SixLabors.ImageSharp.PixelFormats;

/// <summary>Stands in for ImageSharp's interface of this name.</summary>
public interface IPixel<TSelf>
    where TSelf : unmanaged, IPixel<TSelf>;
