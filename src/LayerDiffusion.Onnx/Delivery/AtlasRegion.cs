namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Where one sprite lies in its atlas, and what is needed to draw it as if it had never been packed.</summary>
/// <param name="Name">Name of the sprite.</param>
/// <param name="Page">Index of its page.</param>
/// <param name="X">Left edge in the page, in pixels, without extruded pixels.</param>
/// <param name="Y">Top edge in the page, in pixels, without extruded pixels.</param>
/// <param name="Width">Width of the trimmed sprite as it looks upright, in pixels.</param>
/// <param name="Height">Height of the trimmed sprite as it looks upright, in pixels.</param>
public sealed record AtlasRegion(string Name, int Page, int X, int Y, int Width, int Height)
{
    /// <summary>Gets how the sprite lies in the page.</summary>
    public SpriteRotation Rotation { get; init; }

    /// <summary>Gets the columns trimmed at the left.</summary>
    public int TrimLeft { get; init; }

    /// <summary>Gets the rows trimmed at the top.</summary>
    public int TrimTop { get; init; }

    /// <summary>Gets the width before trimming.</summary>
    public required int SourceWidth { get; init; }

    /// <summary>Gets the height before trimming.</summary>
    public required int SourceHeight { get; init; }

    /// <summary>Gets the pivot's distance from the left edge in widths of the untrimmed sprite.</summary>
    public double PivotX { get; init; } = 0.5;

    /// <summary>Gets the pivot's distance from the top edge in heights of the untrimmed sprite.</summary>
    public double PivotY { get; init; } = 0.5;

    /// <summary>Gets the borders that are not stretched.</summary>
    public NineSlice? NineSlice { get; init; }

    /// <summary>Gets the width that the sprite takes in its page.</summary>
    public int PackedWidth => this.Rotation == SpriteRotation.None ? this.Width : this.Height;

    /// <summary>Gets the height that the sprite takes in its page.</summary>
    public int PackedHeight => this.Rotation == SpriteRotation.None ? this.Height : this.Width;

    /// <summary>Gets a value indicating whether transparent borders were cut off.</summary>
    public bool Trimmed => this.Width != this.SourceWidth || this.Height != this.SourceHeight;
}
