namespace LayerDiffusion.Onnx.Packages;

/// <summary>The architecture that a model package belongs to. It decides which text encoders there are and what the UNet is given.</summary>
public enum ModelFamily
{
    /// <summary>Stable Diffusion 1.5 (<c>sd15</c>): one text encoder, whose hidden states are the UNet's context.</summary>
    StableDiffusion15,

    /// <summary>Stable Diffusion XL (<c>sdxl</c>): two text encoders; the UNet also takes a pooled text embedding and six time ids.</summary>
    StableDiffusionXL,
}
