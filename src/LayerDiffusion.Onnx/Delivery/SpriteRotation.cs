namespace LayerDiffusion.Onnx.Delivery;

/// <summary>How a sprite may lie, or lies, in its atlas page. Each atlas format knows one direction only.</summary>
public enum SpriteRotation
{
    /// <summary>Upright; the only choice for Godot, Unity and MonoGame's own atlas.</summary>
    None,

    /// <summary>A quarter turn clockwise, as TexturePacker's JSON means <c>rotated</c>.</summary>
    Clockwise,

    /// <summary>A quarter turn counterclockwise, as libGDX means <c>rotate</c>.</summary>
    Counterclockwise,
}
