using System.Globalization;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>A declared input or output of a graph.</summary>
/// <param name="Name">The name to bind.</param>
/// <param name="ElementType">The element type; <see cref="OnnxElementType.Undefined"/> if it is no tensor.</param>
/// <param name="Dimensions">The extents, or <see langword="null"/> if the graph leaves the rank open. Empty for a scalar.</param>
/// <param name="IsOptional">Whether an initializer gives the input a default value.</param>
internal sealed record OnnxTensor(string Name, OnnxElementType ElementType, IReadOnlyList<OnnxDimension>? Dimensions, bool IsOptional)
{
    /// <summary>Gets the element type as text, such as <c>float32</c>.</summary>
    public string ElementTypeText => TypeText(this.ElementType);

    /// <summary>Gets the shape as text, such as <c>[batch,4,height,width]</c>.</summary>
    public string ShapeText => this.Dimensions is null
        ? "?"
        : $"[{string.Join(',', this.Dimensions.Select(dimension => dimension.Value?.ToString(CultureInfo.InvariantCulture) ?? dimension.Name ?? "?"))}]";

    /// <summary>Gets the fixed extent of an axis, or <see langword="null"/> if it is free.</summary>
    public long? FixedExtent(int axis) => this.Dimensions is not null && axis < this.Dimensions.Count ? this.Dimensions[axis].Value : null;

    /// <inheritdoc/>
    public override string ToString() => $"{this.Name} {this.ElementTypeText} {this.ShapeText}{(this.IsOptional ? " (optional)" : string.Empty)}";

    /// <summary>The name of an element type in messages.</summary>
    public static string TypeText(OnnxElementType type) => type switch
    {
        OnnxElementType.Undefined => "untyped",
        OnnxElementType.Text => "string",
        _ when Enum.IsDefined(type) => type.ToString().ToLowerInvariant(),
        _ => string.Create(CultureInfo.InvariantCulture, $"type {(int)type}"),
    };
}
