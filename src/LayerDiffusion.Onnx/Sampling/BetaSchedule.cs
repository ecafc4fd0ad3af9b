namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How the training variances β run over the training timesteps.</summary>
public enum BetaSchedule
{
    /// <summary>Evenly from the first to the last β.</summary>
    Linear,

    /// <summary>Evenly in √β: Stable Diffusion's schedule.</summary>
    ScaledLinear,

    /// <summary>From the squared-cosine ᾱ (Nichol, Dhariwal 2021), each β at most 0.999.</summary>
    SquaredCosCapV2,

    /// <summary>A sigmoid between the first and the last β.</summary>
    Sigmoid,

    /// <summary>From the Laplace-shaped ᾱ of diffusers, each β at most 0.999.</summary>
    Laplace,

    /// <summary>From ᾱ = exp(−12·t), each β at most 0.999.</summary>
    Exponential,
}
