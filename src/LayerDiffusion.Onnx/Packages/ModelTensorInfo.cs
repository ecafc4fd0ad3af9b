namespace LayerDiffusion.Onnx.Packages;

/// <summary>Describes an input or output of a graph.</summary>
/// <param name="Name">The name that the graph declares.</param>
/// <param name="ElementType">The element type, such as <c>float32</c>, <c>float16</c> or <c>int64</c>.</param>
/// <param name="Shape">The shape as text, such as <c>[batch,4,height,width]</c>: numbers are fixed, names and <c>?</c> are free; <c>?</c> alone if the graph leaves the rank open.</param>
/// <param name="IsOptional">Whether the input has a default value and may be left out. Always <see langword="false"/> for outputs.</param>
public sealed record ModelTensorInfo(string Name, string ElementType, string Shape, bool IsOptional);
