namespace LayerDiffusion.Onnx.Delivery;

/// <summary>A rectangle to place, and the place it got.</summary>
internal readonly record struct PackedCell(int Index, int X, int Y, int Width, int Height, bool Turned);
