using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx;

/// <summary>A picture with true alpha, in the three forms in which pictures are used.</summary>
public sealed class TransparentResult : GenerationResult
{
    private readonly Lazy<RgbaImage> premultiplied;
    private readonly Lazy<RgbaImage> padded;

    internal TransparentResult(RgbaFloatImage pixels, GenerationDetails details)
        : base(pixels.ToImageTruncated(), details)
    {
        this.FloatImage = pixels;
        this.premultiplied = new Lazy<RgbaImage>(() => this.Image.ToPremultiplied());
        this.padded = new Lazy<RgbaImage>(() => RgbPadding.Pad(this.Image));
    }

    /// <summary>Gets the picture as the decoder gave it, float32 straight alpha in 0..1, before it was cut to 8 bits: the source for 16-bit files.</summary>
    public RgbaFloatImage FloatImage { get; }

    /// <summary>Gets the picture with colour multiplied by alpha: for GPU textures and for blending. Made when first asked for.</summary>
    public RgbaImage Premultiplied => this.premultiplied.Value;

    /// <summary>Gets the picture with straight alpha and colour bled under alpha 0, so that filtering and mip maps show no fringes. Made when first asked for.</summary>
    public RgbaImage Padded => this.padded.Value;
}
