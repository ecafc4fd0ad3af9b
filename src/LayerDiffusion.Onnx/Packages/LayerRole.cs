namespace LayerDiffusion.Onnx.Packages;

/// <summary>What a picture is in a composition of two layers.</summary>
internal enum LayerRole
{
    /// <summary>The upper layer, with transparency (<c>foreground</c>).</summary>
    Foreground,

    /// <summary>The opaque lower layer (<c>background</c>).</summary>
    Background,

    /// <summary>Both together (<c>blended</c>).</summary>
    Blended,
}
