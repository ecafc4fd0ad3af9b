using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>The four-letter keys of blend modes in Photoshop files.</summary>
internal static class PsdBlendModes
{
    public static ReadOnlySpan<byte> KeyOf(BlendMode mode) => mode switch
    {
        BlendMode.Normal => "norm"u8,
        BlendMode.Multiply => "mul "u8,
        BlendMode.Screen => "scrn"u8,
        BlendMode.Overlay => "over"u8,
        BlendMode.Darken => "dark"u8,
        BlendMode.Lighten => "lite"u8,
        BlendMode.ColorDodge => "div "u8,
        BlendMode.ColorBurn => "idiv"u8,
        BlendMode.HardLight => "hLit"u8,
        BlendMode.SoftLight => "sLit"u8,
        BlendMode.Difference => "diff"u8,
        BlendMode.Exclusion => "smud"u8,
        BlendMode.Hue => "hue "u8,
        BlendMode.Saturation => "sat "u8,
        BlendMode.Color => "colr"u8,
        BlendMode.Luminosity => "lum "u8,
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Photoshop files know no such blend mode."),
    };

    public static bool TryParse(ReadOnlySpan<byte> key, out BlendMode mode)
    {
        foreach (BlendMode candidate in Enum.GetValues<BlendMode>())
        {
            if (KeyOf(candidate).SequenceEqual(key))
            {
                mode = candidate;
                return true;
            }
        }

        // A group that passes through; it is read as an isolated one.
        mode = BlendMode.Normal;
        return key.SequenceEqual("pass"u8);
    }
}
