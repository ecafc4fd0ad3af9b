using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Straight pixels without needless copies.</summary>
internal static class StraightImages
{
    /// <summary>Gets the picture itself if it is straight, else a straight copy.</summary>
    public static RgbaImage AsStraight(this RgbaImage image) => image.AlphaMode == AlphaMode.Straight ? image : image.ToStraight();
}
