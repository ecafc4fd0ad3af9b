using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>A tensor that a graph is to store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Values">Its raw values.</param>
internal sealed record NewTensor(string Name, OnnxElementType Type, long[] Shape, byte[] Values);
