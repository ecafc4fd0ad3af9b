namespace LayerDiffusion.Onnx.Imaging;

/// <summary>The colour types of PNG.</summary>
internal enum PngColorType : byte
{
    /// <summary>One grey sample.</summary>
    Grey = 0,

    /// <summary>Red, green, blue.</summary>
    Rgb = 2,

    /// <summary>An index into the palette.</summary>
    Palette = 3,

    /// <summary>Grey and alpha.</summary>
    GreyAlpha = 4,

    /// <summary>Red, green, blue, alpha.</summary>
    Rgba = 6,
}
