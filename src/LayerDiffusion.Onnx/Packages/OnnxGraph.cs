namespace LayerDiffusion.Onnx.Packages;

/// <summary>What a model.onnx declares to the outside, without its nodes and weights.</summary>
internal sealed class OnnxGraph
{
    /// <summary>Gets the inputs; an input with a default value is marked optional.</summary>
    public required IReadOnlyList<OnnxTensor> Inputs { get; init; }

    /// <summary>Gets the outputs.</summary>
    public required IReadOnlyList<OnnxTensor> Outputs { get; init; }

    /// <summary>Gets where tensors lie whose data is in another file, those of nested graphs included.</summary>
    public required IReadOnlyList<OnnxExternalData> ExternalData { get; init; }
}
