namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Which condition sets a step evaluates, in one batch, and with which weights.</summary>
/// <remarks>
/// The batch holds one block of B rows for each term, in the order of the terms: the UNet's output is <c>[K·B,C,h,w]</c>. A generation has at most
/// two plans, which are the same objects in all steps: another reference means that the inputs change.
/// </remarks>
internal sealed class GuidancePlan
{
    private readonly GuidanceTerm[] terms;
    private readonly float[] weights;

    /// <summary>Initializes a new instance of the <see cref="GuidancePlan"/> class.</summary>
    public GuidancePlan(GuidanceTerm[] terms, bool isGuided)
    {
        this.terms = terms;
        this.weights = Array.ConvertAll(terms, static term => term.Weight);
        this.IsGuided = isGuided;
    }

    /// <summary>Gets the terms: negative first, then positive; their sets are consecutive and end with the last set of all.</summary>
    public ReadOnlySpan<GuidanceTerm> Terms => this.terms;

    /// <summary>Gets the weights of the terms.</summary>
    public ReadOnlySpan<float> Weights => this.weights;

    /// <summary>Gets a value indicating whether guidance acts: false where the scale is 1 or less and outside the guidance interval.</summary>
    public bool IsGuided { get; }
}
