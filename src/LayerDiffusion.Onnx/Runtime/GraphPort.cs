using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>One named input or output of a graph as ONNX Runtime sees it.</summary>
/// <param name="Name">The name it is bound by.</param>
/// <param name="Type">Element type.</param>
/// <param name="Dimensions">Extents, −1 where they are free.</param>
internal sealed record GraphPort(string Name, TensorElementType Type, int[] Dimensions)
{
    /// <summary>Gets the element type as a number of onnx.proto.</summary>
    public ulong TypeNumber => (ulong)this.Type;
}
