namespace LayerDiffusion.Onnx.Imaging;

/// <summary>One picture of an animation.</summary>
/// <param name="Image">The picture; all frames of an animation have the same size.</param>
/// <param name="Delay">How long it is shown, from 0 (as fast as the viewer can) to 65535 seconds.</param>
public sealed record AnimationFrame(RgbaImage Image, TimeSpan Delay);
