namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The formula of a higher-order solver.</summary>
public enum SolverType
{
    /// <summary>DPM-Solver: midpoint rule.</summary>
    Midpoint,

    /// <summary>DPM-Solver: Heun's rule.</summary>
    Heun,

    /// <summary>UniPC: B(h) = h.</summary>
    Bh1,

    /// <summary>UniPC: B(h) = exp(h) − 1.</summary>
    Bh2,

    /// <summary>DEIS: polynomials in ln ρ.</summary>
    LogRho,
}
