namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How dynamic shifting maps flow-match noise levels.</summary>
public enum TimeShiftType
{
    /// <summary>exp(μ) / (exp(μ) + 1/σ − 1).</summary>
    Exponential,

    /// <summary>μ / (μ + 1/σ − 1).</summary>
    Linear,
}
