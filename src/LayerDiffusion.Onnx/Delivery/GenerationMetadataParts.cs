namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Which texts about its making a picture carries.</summary>
[Flags]
public enum GenerationMetadataParts
{
    /// <summary>None: the picture says nothing about how it was made.</summary>
    None = 0,

    /// <summary>The text <c>parameters</c> in the form of the AUTOMATIC1111 web UI, which many viewers and sites read.</summary>
    Parameters = 1,

    /// <summary>The text <c>layerdiffusion</c>: JSON with everything needed to make the picture again.</summary>
    Json = 2,

    /// <summary>Both.</summary>
    All = Parameters | Json,
}
