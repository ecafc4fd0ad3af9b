namespace LayerDiffusion.Onnx.Delivery;

/// <summary>A text file that describes an atlas.</summary>
/// <param name="Name">File name without folder.</param>
/// <param name="Text">Content, lines ended by LF.</param>
public sealed record AtlasFile(string Name, string Text);
