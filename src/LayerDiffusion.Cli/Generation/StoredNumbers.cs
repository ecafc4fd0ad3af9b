using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Generation;

/// <summary>PNG files of premultiplied pictures.</summary>
internal static class StoredNumbers
{
    /// <summary>PNG knows straight alpha alone, so saving would divide by alpha again; whoever wants the premultiplied file wants its numbers.</summary>
    public static RgbaImage AsStored(this RgbaImage image) => image.AlphaMode == AlphaMode.Straight ? image : RgbaImage.FromPixels(image.Pixels.Span, image.Width, image.Height);
}
