using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>One picture of an atlas.</summary>
/// <param name="Image">Its pixels.</param>
public sealed record AtlasPage(RgbaImage Image);
