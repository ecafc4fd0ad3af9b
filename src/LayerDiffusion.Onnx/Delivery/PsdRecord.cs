using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>A layer record while it is read.</summary>
internal sealed class PsdRecord(int left, int top, int width, int height, (int Id, long Length)[] channels)
{
    public int Left => left;

    public int Top => top;

    public int Width => width;

    public int Height => height;

    public (int Id, long Length)[] Channels => channels;

    public string Name { get; set; } = string.Empty;

    public byte Opacity { get; init; }

    public bool Visible { get; init; }

    public BlendMode BlendMode { get; set; }

    /// <summary>Gets or sets the kind: 0 a layer, 1 or 2 the header of a group, 3 the lower end of a group.</summary>
    public int Section { get; set; }
}
