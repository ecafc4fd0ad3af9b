namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The variance of DDPM's added noise.</summary>
public enum VarianceType
{
    /// <summary>The posterior variance (1−ᾱ₍ₜ₋₁₎)/(1−ᾱₜ)·βₜ.</summary>
    FixedSmall,

    /// <summary>The same; its square root is taken by way of the logarithm.</summary>
    FixedSmallLog,

    /// <summary>βₜ.</summary>
    FixedLarge,
}
