namespace LayerDiffusion.Onnx.Packages;

/// <summary>What a model.onnx declares to the outside, without its nodes and weights.</summary>
internal sealed class OnnxGraph
{
    /// <summary>Gets the version of the file format.</summary>
    public required long IrVersion { get; init; }

    /// <summary>Gets the name of the tool that wrote the file, or an empty string.</summary>
    public required string Producer { get; init; }

    /// <summary>Gets the operator set version of each domain; the default domain is the empty string.</summary>
    public required IReadOnlyDictionary<string, long> OperatorSets { get; init; }

    /// <summary>Gets the file's free key-value pairs.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>Gets the inputs; an input with a default value is marked optional.</summary>
    public required IReadOnlyList<OnnxTensor> Inputs { get; init; }

    /// <summary>Gets the outputs.</summary>
    public required IReadOnlyList<OnnxTensor> Outputs { get; init; }

    /// <summary>Gets the names of the weights.</summary>
    public required IReadOnlySet<string> Initializers { get; init; }

    /// <summary>Gets where tensors lie whose data is in another file, those of nested graphs included.</summary>
    public required IReadOnlyList<OnnxExternalData> ExternalData { get; init; }
}
