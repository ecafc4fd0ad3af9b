namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>How many turned and mirrored views of a picture the transparency decoder looks at; their lower median is the result.</summary>
public enum AlphaAugmentation
{
    /// <summary>Eight passes: four quarter turns, plain and mirrored. What the authors of LayerDiffuse do.</summary>
    Full,

    /// <summary>Four passes: the quarter turns alone. About half the time, slightly noisier alpha.</summary>
    Rotations,

    /// <summary>One pass: for previews.</summary>
    Fast,
}
