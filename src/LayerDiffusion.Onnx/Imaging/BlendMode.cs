namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How the colours of two layers mix where both are visible (W3C Compositing and Blending Level 1).</summary>
public enum BlendMode
{
    /// <summary>The source's colour.</summary>
    Normal,

    /// <summary>The product: never lighter than either.</summary>
    Multiply,

    /// <summary>The inverted product of the inverses: never darker than either.</summary>
    Screen,

    /// <summary>Multiply or screen, depending on the backdrop.</summary>
    Overlay,

    /// <summary>The darker of both, channel by channel.</summary>
    Darken,

    /// <summary>The lighter of both, channel by channel.</summary>
    Lighten,

    /// <summary>Brightens the backdrop to reflect the source.</summary>
    ColorDodge,

    /// <summary>Darkens the backdrop to reflect the source.</summary>
    ColorBurn,

    /// <summary>Multiply or screen, depending on the source.</summary>
    HardLight,

    /// <summary>Darkens or lightens softly, depending on the source.</summary>
    SoftLight,

    /// <summary>The absolute difference.</summary>
    Difference,

    /// <summary>Like difference with less contrast.</summary>
    Exclusion,

    /// <summary>The source's hue, the backdrop's saturation and luminosity.</summary>
    Hue,

    /// <summary>The source's saturation, the backdrop's hue and luminosity.</summary>
    Saturation,

    /// <summary>The source's hue and saturation, the backdrop's luminosity.</summary>
    Color,

    /// <summary>The source's luminosity, the backdrop's hue and saturation.</summary>
    Luminosity,
}
