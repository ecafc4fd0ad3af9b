using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx;

/// <content>The latent transparency codec alone.</content>
internal sealed partial class GenerationJob
{
    /// <summary>Encodes a picture of the job's size.</summary>
    public TransparentLatent Encode(RgbaImage image)
    {
        TransparencyDefinition transparency = this.model.FindTransparency();
        float[] latent = this.Unscale(this.EncodeTransparent(transparency, this.Fit(image)));
        this.SaveTrace();
        return new TransparentLatent(
            latent, this.model.Package.LatentChannels, this.size.NetworkHeight / 8, this.size.NetworkWidth / 8, this.size.Width, this.size.Height);
    }

    /// <summary>Decodes a latent of the job's size.</summary>
    public RgbaFloatImage Decode(TransparentLatent latent)
    {
        TransparencyDefinition transparency = this.model.FindTransparency();
        if (latent.Channels != this.model.Package.LatentChannels || latent.LatentHeight * 8 != this.size.NetworkHeight || latent.LatentWidth * 8 != this.size.NetworkWidth)
        {
            throw new ArgumentException(
                $"The latent is [{latent.Channels},{latent.LatentHeight},{latent.LatentWidth}] for a picture of {latent.Width}×{latent.Height}; wanted is [{this.model.Package.LatentChannels},{this.size.NetworkHeight / 8},{this.size.NetworkWidth / 8}].",
                nameof(latent));
        }

        RgbaFloatImage picture = this.ToTransparent(this.DecodeTransparent(transparency, this.Scale(latent.Array), 1)[0]);
        this.SaveTrace();
        return picture;
    }
}
