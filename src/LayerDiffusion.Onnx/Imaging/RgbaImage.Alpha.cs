namespace LayerDiffusion.Onnx.Imaging;

/// <content>Straight and premultiplied alpha, and the float form.</content>
public sealed partial class RgbaImage
{
    /// <summary>Makes the premultiplied form: colour becomes round(colour · alpha ∕ 255).</summary>
    /// <returns>A new image; a copy if this one is premultiplied already.</returns>
    public RgbaImage ToPremultiplied()
    {
        if (this.AlphaMode == AlphaMode.Premultiplied)
        {
            return this.Clone();
        }

        RgbaImage result = new(this.Width, this.Height, AlphaMode.Premultiplied);
        AlphaConversion.Premultiply(this.pixels, result.pixels);
        return result;
    }

    /// <summary>Makes the straight form: colour becomes min(255, round(colour · 255 ∕ alpha)), halves up, and 0 where alpha is 0.</summary>
    /// <returns>A new image; a copy if this one is straight already.</returns>
    /// <remarks>Premultiplying loses colour where alpha is small, so that this cannot bring back the picture that was premultiplied.</remarks>
    public RgbaImage ToStraight()
    {
        if (this.AlphaMode == AlphaMode.Straight)
        {
            return this.Clone();
        }

        RgbaImage result = new(this.Width, this.Height);
        AlphaConversion.Unpremultiply(this.pixels, result.pixels);
        return result;
    }

    /// <summary>Makes the float form, samples ∕ 255, with the same alpha mode.</summary>
    /// <returns>A new image.</returns>
    public RgbaFloatImage ToFloat()
    {
        RgbaFloatImage result = new(this.Width, this.Height, this.AlphaMode);
        AlphaConversion.ToSingle(this.pixels, result.Span);
        return result;
    }
}
