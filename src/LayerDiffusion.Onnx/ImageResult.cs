using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx;

/// <summary>An ordinary opaque picture.</summary>
public sealed class ImageResult : GenerationResult
{
    internal ImageResult(RgbaImage image, GenerationDetails details)
        : base(image, details)
    {
    }
}
