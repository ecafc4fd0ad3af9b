using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>A layer or a group of a <see cref="LayeredDocument"/>.</summary>
public abstract record DocumentNode
{
    private protected DocumentNode(string name) => this.Name = name;

    /// <summary>Gets the name shown in editors: not empty, without control characters, at most 255 UTF-16 units.</summary>
    public string Name { get; init; }

    /// <summary>Gets how much of the node is seen, 0 to 1. Photoshop files keep it in steps of 1/255.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>Gets how it mixes with what lies below it.</summary>
    public BlendMode BlendMode { get; init; }

    /// <summary>Gets a value indicating whether it is shown.</summary>
    public bool Visible { get; init; } = true;
}
