namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How the timestep is told to the UNet.</summary>
public enum TimestepType
{
    /// <summary>Index into the training timesteps, perhaps between two.</summary>
    Discrete,

    /// <summary>¼·ln σ, for v-predicting models trained so.</summary>
    Continuous,
}
