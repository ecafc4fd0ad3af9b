namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How the noise levels of the steps are spread.</summary>
public enum SigmaSpacing
{
    /// <summary>As the timestep spacing says, from the training table.</summary>
    Model,

    /// <summary>Evenly in σ^(1/ρ), ρ = 7 (Karras et al. 2022, equation 5).</summary>
    Karras,

    /// <summary>Evenly in ln σ.</summary>
    Exponential,

    /// <summary>By the quantiles of the Beta(0.6, 0.6) distribution (Lee et al. 2024).</summary>
    Beta,

    /// <summary>Evenly in λ = −ln σ over the whole training table (Lu et al. 2022), timesteps rounded.</summary>
    LuLambdas,

    /// <summary>The Align Your Steps table for Stable Diffusion 1.5 (Sabour et al. 2024), read log-linearly for other than ten steps.</summary>
    AlignYourStepsSd15,

    /// <summary>The Align Your Steps table for Stable Diffusion XL, read log-linearly for other than ten steps.</summary>
    AlignYourStepsSdxl,
}
