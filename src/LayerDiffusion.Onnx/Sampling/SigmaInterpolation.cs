namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How the Euler scheduler reads noise levels between those of the training table.</summary>
public enum SigmaInterpolation
{
    /// <summary>Linearly between neighbours.</summary>
    Linear,

    /// <summary>Evenly in ln σ over the whole table.</summary>
    LogLinear,
}
