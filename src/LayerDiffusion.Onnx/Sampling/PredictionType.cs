namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What the UNet predicts.</summary>
public enum PredictionType
{
    /// <summary>The noise ε in x = α·x₀ + σ·ε.</summary>
    Epsilon,

    /// <summary>The velocity v = α·ε − σ·x₀ (Salimans, Ho 2022).</summary>
    VPrediction,

    /// <summary>The clean sample x₀ itself.</summary>
    Sample,
}
