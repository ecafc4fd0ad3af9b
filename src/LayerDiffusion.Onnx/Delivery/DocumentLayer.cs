using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>A picture at a place in a document.</summary>
public sealed record DocumentLayer : DocumentNode
{
    /// <summary>Initializes a new instance of the <see cref="DocumentLayer"/> class.</summary>
    /// <param name="name">Name shown in editors.</param>
    /// <param name="image">Pixels; premultiplied ones are made straight when written.</param>
    /// <param name="x">Column of the document where the picture's left edge lies; may be negative.</param>
    /// <param name="y">Row of the document where the picture's top edge lies; may be negative.</param>
    public DocumentLayer(string name, RgbaImage image, int x = 0, int y = 0)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(image);
        this.Image = image;
        this.X = x;
        this.Y = y;
    }

    /// <summary>Gets the pixels.</summary>
    public RgbaImage Image { get; init; }

    /// <summary>Gets the column of the document where the picture's left edge lies.</summary>
    public int X { get; init; }

    /// <summary>Gets the row of the document where the picture's top edge lies.</summary>
    public int Y { get; init; }
}
