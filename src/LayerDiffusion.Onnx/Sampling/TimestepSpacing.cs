namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How a few inference timesteps are spread over the training timesteps (Lin et al. 2024, table 2).</summary>
public enum TimestepSpacing
{
    /// <summary>Evenly between the first and the last training timestep.</summary>
    Linspace,

    /// <summary>Multiples of a whole-number stride, plus the steps offset; the noisiest timesteps are left out.</summary>
    Leading,

    /// <summary>Evenly downwards from the last training timestep.</summary>
    Trailing,
}
