using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Turns layer stacks into documents, which PSD and OpenRaster files hold, and back.</summary>
public static class LayerStackDocuments
{
    /// <summary>Makes a document with the same layers.</summary>
    /// <param name="stack">The stack.</param>
    /// <returns>A document that shares the pictures. Prompts, seeds, modes, settings, locks and ids are not in it. Writers want at least one layer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The canvas is wider or higher than 300,000 pixels.</exception>
    public static LayeredDocument ToDocument(this LayerStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        DocumentNode[] nodes = new DocumentNode[stack.Layers.Count];
        for (int i = 0; i < nodes.Length; i++)
        {
            Layer layer = stack.Layers[i];
            nodes[i] = new DocumentLayer(layer.Name, layer.Image, layer.X, layer.Y) { Opacity = layer.Opacity, BlendMode = layer.BlendMode, Visible = layer.IsVisible };
        }

        return new LayeredDocument(stack.Width, stack.Height, nodes);
    }

    /// <summary>Makes a stack with the same layers.</summary>
    /// <param name="document">The document.</param>
    /// <returns>
    /// A stack that shares the pictures. Stacks have no groups: the layers of a group come out of it where that looks the same (normal blending and
    /// full opacity), else the group becomes one layer with its merged picture. Ids are given anew; the printing size and the ICC profile are left behind.
    /// </returns>
    /// <exception cref="ArgumentException">The document is invalid or has more pixels than a stack can hold; the message names what.</exception>
    public static LayerStack ToLayerStack(this LayeredDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        document.Validate();
        List<Layer> layers = [];
        Add(layers, document, document.Nodes, visible: true);
        return new LayerStack(document.Width, document.Height, layers);
    }

    private static void Add(List<Layer> layers, LayeredDocument document, IReadOnlyList<DocumentNode> nodes, bool visible)
    {
        foreach (DocumentNode node in nodes)
        {
            if (node is DocumentLayer layer)
            {
                layers.Add(ToLayer(node, layer.Image, layer.X, layer.Y, visible));
            }
            else if (node is DocumentGroup { Children.Count: > 0 } group)
            {
                if (IsPlain(group))
                {
                    Add(layers, document, group.Children, visible && group.Visible);
                }
                else
                {
                    LayeredDocument content = new(document.Width, document.Height, group.Children);
                    layers.Add(ToLayer(node, content.Flatten(), 0, 0, visible));
                }
            }
        }
    }

    private static Layer ToLayer(DocumentNode node, RgbaImage image, int x, int y, bool visible)
        => new(node.Name, image, x, y) { Opacity = node.Opacity, BlendMode = node.BlendMode, IsVisible = visible && node.Visible };

    // Source over is associative, so that such a group looks the same with and without its brackets.
    private static bool IsPlain(DocumentGroup group)
    {
        if (group.Opacity != 1 || group.BlendMode != BlendMode.Normal)
        {
            return false;
        }

        foreach (DocumentNode node in group.Children)
        {
            if (node.BlendMode != BlendMode.Normal)
            {
                return false;
            }
        }

        return true;
    }
}
