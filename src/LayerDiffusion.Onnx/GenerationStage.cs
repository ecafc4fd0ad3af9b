namespace LayerDiffusion.Onnx;

/// <summary>What a generation is doing.</summary>
public enum GenerationStage
{
    /// <summary>Prompts become embeddings.</summary>
    EncodingPrompt,

    /// <summary>Pictures given become latents.</summary>
    EncodingImage,

    /// <summary>The UNet takes noise away, step by step.</summary>
    Denoising,

    /// <summary>The VAE turns the latent into a picture.</summary>
    DecodingImage,

    /// <summary>The transparency decoder draws alpha and true colour, view by view.</summary>
    DecodingTransparency,
}
