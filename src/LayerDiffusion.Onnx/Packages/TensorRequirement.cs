using System.Globalization;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>What the package format asks of one input or output.</summary>
/// <param name="Name">The name it is bound by.</param>
/// <param name="Types">The element types that are allowed.</param>
/// <param name="Shape">The extents: a number is that extent or a free one, a capital letter or h, w is an extent that must be free in an input, any other letter may be either.</param>
internal sealed record TensorRequirement(string Name, IReadOnlyList<OnnxElementType> Types, params IReadOnlyList<string> Shape)
{
    /// <summary>Gets or sets a value indicating whether a scalar will do too.</summary>
    public bool AllowsScalar { get; init; }

    /// <summary>Whether a declared tensor will do.</summary>
    public bool Accepts(OnnxTensor tensor, bool isInput)
    {
        if (!this.Types.Contains(tensor.ElementType))
        {
            return false;
        }

        // A shape that the graph leaves open is found out when it runs.
        if (tensor.Dimensions is null || (tensor.Dimensions.Count == 0 && this.AllowsScalar))
        {
            return true;
        }

        if (tensor.Dimensions.Count != this.Shape.Count)
        {
            return false;
        }

        for (int i = 0; i < this.Shape.Count; i++)
        {
            if (tensor.Dimensions[i].Value is long extent && !AcceptsExtent(this.Shape[i], extent, isInput))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{this.Name} {string.Join('/', this.Types.Select(OnnxTensor.TypeText))} [{string.Join(',', this.Shape)}]{(this.AllowsScalar ? " or []" : string.Empty)}";

    private static bool AcceptsExtent(string wanted, long extent, bool isInput) =>
        long.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? extent == number
        : extent > 0 && !(isInput && wanted is "B" or "S" or "H" or "W" or "h" or "w");
}
