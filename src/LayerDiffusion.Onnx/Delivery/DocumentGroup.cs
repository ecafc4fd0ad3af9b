namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Nodes that are composited with each other first and then, as one picture, with what lies below (an isolated group in W3C terms).</summary>
public sealed record DocumentGroup : DocumentNode
{
    /// <summary>Initializes a new instance of the <see cref="DocumentGroup"/> class.</summary>
    /// <param name="name">Name shown in editors.</param>
    /// <param name="children">Its nodes from the bottom to the top; may be empty.</param>
    public DocumentGroup(string name, IReadOnlyList<DocumentNode> children)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(children);
        this.Children = children;
    }

    /// <summary>Gets its nodes from the bottom to the top.</summary>
    public IReadOnlyList<DocumentNode> Children { get; init; }
}
