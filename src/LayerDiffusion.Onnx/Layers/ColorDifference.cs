namespace LayerDiffusion.Onnx.Layers;

/// <summary>How far the colours of two pictures lie apart, in 8-bit units (1/255).</summary>
/// <param name="Mean">The mean absolute difference of a red, green or blue sample, 0 to 255.</param>
/// <param name="Largest">The largest absolute difference of a sample, 0 to 255.</param>
public readonly record struct ColorDifference(double Mean, int Largest);
