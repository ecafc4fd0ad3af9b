using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>One picture to pack into an atlas.</summary>
/// <param name="Name">Its name, unique in the atlas; <c>/</c> separates folders.</param>
/// <param name="Image">Its pixels, which are not changed.</param>
public sealed record AtlasSprite(string Name, RgbaImage Image)
{
    /// <summary>Gets the pivot's distance from the left edge in widths of the whole picture; 0.5 is the middle.</summary>
    public double PivotX { get; init; } = 0.5;

    /// <summary>Gets the pivot's distance from the top edge in heights of the whole picture; 0.5 is the middle, 1 the bottom.</summary>
    public double PivotY { get; init; } = 0.5;

    /// <summary>Gets the borders that are not stretched, if the sprite is a panel; such a sprite is never trimmed or rotated.</summary>
    public NineSlice? NineSlice { get; init; }
}
