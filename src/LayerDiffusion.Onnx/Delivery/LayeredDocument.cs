using System.Globalization;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>A canvas with layers and groups, as PSD, PSB and OpenRaster files hold it.</summary>
public sealed partial record LayeredDocument
{
    /// <summary>Largest width and height, the limit of PSB files.</summary>
    internal const int MaximumSide = 300_000;

    /// <summary>Most layers and groups together, Photoshop's limit.</summary>
    internal const int MaximumNodes = 8_000;

    /// <summary>Most groups within each other.</summary>
    internal const int MaximumDepth = 10;

    /// <summary>Initializes a new instance of the <see cref="LayeredDocument"/> class.</summary>
    /// <param name="width">Width of the canvas in pixels, 1 to 300,000.</param>
    /// <param name="height">Height of the canvas in pixels, 1 to 300,000.</param>
    /// <param name="nodes">Layers and groups from the bottom to the top.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is out of its range.</exception>
    public LayeredDocument(int width, int height, IReadOnlyList<DocumentNode> nodes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, MaximumSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, MaximumSide);
        ArgumentNullException.ThrowIfNull(nodes);
        this.Width = width;
        this.Height = height;
        this.Nodes = nodes;
    }

    /// <summary>Gets the width of the canvas in pixels.</summary>
    public int Width { get; }

    /// <summary>Gets the height of the canvas in pixels.</summary>
    public int Height { get; }

    /// <summary>Gets the layers and groups from the bottom to the top.</summary>
    public IReadOnlyList<DocumentNode> Nodes { get; init; }

    /// <summary>Gets the picture of all visible layers together, of the canvas' size; if it is <see langword="null"/>, writers make it.</summary>
    public RgbaImage? Merged { get; init; }

    /// <summary>Gets the ICC profile of all pixels; empty for sRGB without saying so.</summary>
    public ReadOnlyMemory<byte> IccProfile { get; init; }

    /// <summary>Gets the pixels per inch at which the document is meant to be printed, 1 to 32,767.</summary>
    public double PixelsPerInch { get; init; } = 72;

    /// <summary>Checks everything that the constructors could not.</summary>
    /// <exception cref="ArgumentException">A node is invalid; the message names it.</exception>
    internal void Validate()
    {
        if (this.Nodes is null || this.Nodes.Count == 0)
        {
            throw new ArgumentException("A document needs at least one layer or group.");
        }

        if (!(this.PixelsPerInch >= 1 && this.PixelsPerInch <= short.MaxValue))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"PixelsPerInch is {this.PixelsPerInch}, it must be 1 to 32767."));
        }

        if (this.Merged is { } merged && (merged.Width != this.Width || merged.Height != this.Height))
        {
            throw new ArgumentException($"The merged picture is {merged.Width}×{merged.Height}, the canvas {this.Width}×{this.Height}; they must be equal.");
        }

        int count = 0;
        Validate(this.Nodes, depth: 0, ref count);
    }

    private static void Validate(IReadOnlyList<DocumentNode> nodes, int depth, ref int count)
    {
        if (depth > MaximumDepth)
        {
            throw new ArgumentException($"Groups lie more than {MaximumDepth} deep.");
        }

        foreach (DocumentNode node in nodes)
        {
            ArgumentNullException.ThrowIfNull(node, "Nodes");
            if (++count > MaximumNodes)
            {
                throw new ArgumentException($"The document has more than {MaximumNodes} layers and groups.");
            }

            AtlasInput.CheckName(node.Name, nameof(DocumentNode.Name));
            if (node.Name.Length > 255)
            {
                throw new ArgumentException($"The name '{node.Name[..40]}…' has {node.Name.Length} characters, at most 255 are possible.");
            }

            if (!(node.Opacity >= 0 && node.Opacity <= 1))
            {
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The opacity of '{node.Name}' is {node.Opacity}, it must be 0 to 1."));
            }

            if (!Enum.IsDefined(node.BlendMode))
            {
                throw new ArgumentException($"The blend mode of '{node.Name}' is {(int)node.BlendMode}, which is none.");
            }

            if (node is DocumentGroup group)
            {
                Validate(group.Children, depth + 1, ref count);
            }
            else if (node is DocumentLayer layer
                && (layer.Image is null || layer.X is < -MaximumSide or > MaximumSide || layer.Y is < -MaximumSide or > MaximumSide
                    || layer.Image.Width > MaximumSide || layer.Image.Height > MaximumSide))
            {
                throw new ArgumentException($"Layer '{layer.Name}' has no image, or its place ({layer.X}, {layer.Y}) or a side is beyond {MaximumSide} pixels.");
            }
        }
    }
}
