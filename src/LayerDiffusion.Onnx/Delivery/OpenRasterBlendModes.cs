using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>The names of blend modes in OpenRaster files.</summary>
internal static class OpenRasterBlendModes
{
    public static string NameOf(BlendMode mode) => mode switch
    {
        BlendMode.Normal => "svg:src-over",
        BlendMode.Multiply => "svg:multiply",
        BlendMode.Screen => "svg:screen",
        BlendMode.Overlay => "svg:overlay",
        BlendMode.Darken => "svg:darken",
        BlendMode.Lighten => "svg:lighten",
        BlendMode.ColorDodge => "svg:color-dodge",
        BlendMode.ColorBurn => "svg:color-burn",
        BlendMode.HardLight => "svg:hard-light",
        BlendMode.SoftLight => "svg:soft-light",
        BlendMode.Difference => "svg:difference",
        BlendMode.Exclusion => "svg:exclusion",
        BlendMode.Hue => "svg:hue",
        BlendMode.Saturation => "svg:saturation",
        BlendMode.Color => "svg:color",
        BlendMode.Luminosity => "svg:luminosity",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "OpenRaster files know no such blend mode."),
    };

    /// <summary>Gets the mode of a name; as the specification asks, an unknown one counts as the usual one.</summary>
    public static BlendMode Parse(string? name)
    {
        // Krita's own name for what the specification has none for.
        if (name == "krita:exclusion")
        {
            return BlendMode.Exclusion;
        }

        foreach (BlendMode candidate in Enum.GetValues<BlendMode>())
        {
            if (NameOf(candidate) == name)
            {
                return candidate;
            }
        }

        return BlendMode.Normal;
    }
}
