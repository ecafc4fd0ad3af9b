namespace LayerDiffusion.Onnx.Packages;

/// <summary>Where the data of a tensor lies when it is not in the graph's own file.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Location">The file, relative to the graph's folder, as the graph states it.</param>
/// <param name="Offset">The first byte in that file.</param>
/// <param name="Length">The number of bytes: what the graph states, or what the tensor's shape needs where it states nothing.</param>
internal readonly record struct OnnxExternalData(string Tensor, string Location, long Offset, long Length);
