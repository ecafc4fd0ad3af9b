namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Turns what the UNet predicts into x₀ or ε for a sample x = signal·x₀ + noise·ε. Both are sums of the sample and the UNet's output; these are the weights.
/// </summary>
/// <remarks>
/// Velocity is defined for samples of unit variance (Salimans, Ho 2022), so x is divided by n = √(signal² + noise²) first; with
/// α = signal/n and σ = noise/n: x₀ = α·x/n − σ·v and ε = σ·x/n + α·v.
/// </remarks>
internal static class Prediction
{
    /// <summary>Weights of sample and output in x₀.</summary>
    public static (double Sample, double Output) Original(PredictionType type, double signal, double noise)
    {
        double norm = Math.Sqrt((signal * signal) + (noise * noise));
        return type switch
        {
            PredictionType.Epsilon => (1 / signal, -noise / signal),
            PredictionType.VPrediction => (signal / (norm * norm), -noise / norm),
            _ => (0, 1),
        };
    }

    /// <summary>Weights of sample and output in ε.</summary>
    public static (double Sample, double Output) Noise(PredictionType type, double signal, double noise)
    {
        double norm = Math.Sqrt((signal * signal) + (noise * noise));
        return type switch
        {
            PredictionType.Epsilon => (0, 1),
            PredictionType.VPrediction => (noise / (norm * norm), signal / norm),
            _ => (1 / noise, -signal / noise),
        };
    }
}
