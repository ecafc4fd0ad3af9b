namespace LayerDiffusion.Onnx;

/// <summary>What a UNet whose frames share attention made at once; a frame that the mode lacks is <see langword="null"/>.</summary>
internal sealed record LayerFrames(TransparentResult? Foreground, ImageResult? Background, ImageResult? Blended);
