using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <content>The merged picture.</content>
public sealed partial record LayeredDocument
{
    /// <summary>Composites all visible layers from the bottom to the top by the formulas of W3C Compositing and Blending Level 1, groups isolated.</summary>
    /// <returns>A straight picture of the canvas' size.</returns>
    /// <exception cref="ArgumentException">The document is invalid; the message names the layer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The canvas has more pixels than one picture can hold.</exception>
    public RgbaImage Flatten()
    {
        this.Validate();
        RgbaImage canvas = new(this.Width, this.Height);
        this.Draw(canvas, this.Nodes);
        return canvas;
    }

    private void Draw(RgbaImage canvas, IReadOnlyList<DocumentNode> nodes)
    {
        foreach (DocumentNode node in nodes)
        {
            if (!node.Visible || node.Opacity == 0)
            {
                continue;
            }

            if (node is DocumentLayer layer)
            {
                Compositing.Draw(canvas, layer.Image, layer.BlendMode, layer.X, layer.Y, layer.Opacity);
            }
            else if (node is DocumentGroup { Children.Count: > 0 } group)
            {
                RgbaImage inner = new(this.Width, this.Height);
                this.Draw(inner, group.Children);
                Compositing.Draw(canvas, inner, group.BlendMode, 0, 0, group.Opacity);
            }
        }
    }
}
