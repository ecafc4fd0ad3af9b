namespace LayerDiffusion.Onnx.Packages;

/// <summary>Describes one ONNX graph of a model package.</summary>
/// <param name="Name">The path of the graph within the package, such as <c>unet/model.onnx</c>.</param>
/// <param name="SizeInBytes">The size of the graph with its external weights, in bytes, unpacked.</param>
/// <param name="Inputs">The inputs, in the graph's order.</param>
/// <param name="Outputs">The outputs, in the graph's order.</param>
public sealed record ModelGraphInfo(
    string Name,
    long SizeInBytes,
    IReadOnlyList<ModelTensorInfo> Inputs,
    IReadOnlyList<ModelTensorInfo> Outputs);
