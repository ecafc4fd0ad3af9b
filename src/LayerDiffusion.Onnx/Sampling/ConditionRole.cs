namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Which prompt a condition set is made of.</summary>
internal enum ConditionRole
{
    /// <summary>The empty prompt, where a perpendicular negative prompt has a set of its own.</summary>
    Unconditional,

    /// <summary>The negative prompt, which may be empty.</summary>
    Negative,

    /// <summary>The prompt, or one part of a composition with AND.</summary>
    Positive,
}
