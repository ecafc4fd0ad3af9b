namespace LayerDiffusion.Onnx.Sampling;

/// <summary>One term of the guided prediction Σ wₖ·ε(x, cₖ).</summary>
/// <param name="Role">Which prompt the condition set is made of.</param>
/// <param name="Set">Number of the condition set among all sets of the generation.</param>
/// <param name="Weight">wₖ; the weights of a plan sum to 1. With a perpendicular negative prompt, its value where both directions are at right angles.</param>
internal readonly record struct GuidanceTerm(ConditionRole Role, int Set, float Weight);
