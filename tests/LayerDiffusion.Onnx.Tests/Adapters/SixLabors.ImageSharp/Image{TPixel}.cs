using SixLabors.ImageSharp.PixelFormats;

namespace SixLabors.ImageSharp;

/// <summary>Stands in for ImageSharp's class of this name.</summary>
public sealed class Image<TPixel>(byte[] samples, int width, int height) : IDisposable
    where TPixel : unmanaged, IPixel<TPixel>
{
    public int Width => width;

    public int Height => height;

    public void CopyPixelDataTo(Span<byte> destination) => samples.CopyTo(destination);

    public void Dispose()
    {
    }
}
