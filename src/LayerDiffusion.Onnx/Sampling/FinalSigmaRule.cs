namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The noise level at which the last step ends.</summary>
public enum FinalSigmaRule
{
    /// <summary>No noise.</summary>
    Zero,

    /// <summary>The smallest level of the training table.</summary>
    SigmaMin,
}
