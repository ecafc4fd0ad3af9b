namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Which form of the diffusion equation a DPM-Solver integrates.</summary>
public enum AlgorithmType
{
    /// <summary>The ordinary differential equation in ε (DPM-Solver).</summary>
    DpmSolver,

    /// <summary>The ordinary differential equation in x₀ (DPM-Solver++).</summary>
    DpmSolverPlusPlus,

    /// <summary>The stochastic differential equation in ε.</summary>
    SdeDpmSolver,

    /// <summary>The stochastic differential equation in x₀ (SDE-DPM-Solver++).</summary>
    SdeDpmSolverPlusPlus,
}
