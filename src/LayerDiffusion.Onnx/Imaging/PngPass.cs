namespace LayerDiffusion.Onnx.Imaging;

/// <summary>One reduced picture of an interlaced PNG file: its pixel (i, j) is pixel (X + i·StepX, Y + j·StepY) of the whole.</summary>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY, int Width, int Height);
