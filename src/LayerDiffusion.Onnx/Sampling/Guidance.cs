using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Guidance of one generation: a weighted sum Σ wₖ·ε(x, cₖ) with Σ wₖ = 1 over condition sets that the UNet evaluates in one batch.
/// </summary>
/// <remarks>
/// The sets are numbered: with a perpendicular negative prompt 0 is the empty and 1 the negative prompt, else 0 is the negative prompt; the positive ones follow.
/// Weights: with the scale s, positive weights vᵢ (one prompt: 1) and the negative prediction u it is u + s·Σ vᵢ·(cᵢ − u), classifier-free guidance (Ho and Salimans 2022)
/// and its composition (Liu et al. 2022, "Compositional visual generation with composable diffusion models", as AND of the AUTOMATIC1111 web UI).
/// All memory is allocated by the constructor.
/// </remarks>
internal sealed class Guidance
{
    private readonly GuidanceOptions options;
    private readonly double scale;
    private readonly float[] positiveWeights;
    private readonly int rows;
    private readonly int rowLength;
    private readonly bool isPerpendicular;
    private readonly GuidancePlan guided;
    private readonly GuidancePlan unguided;
    private readonly float[] rowWeights;
    private readonly float[] referenceWeights;
    private readonly float[] scratch;

    /// <summary>Initializes a new instance of the <see cref="Guidance"/> class.</summary>
    /// <param name="options">What is done besides plain guidance.</param>
    /// <param name="scale">The guidance scale; 1 and less evaluates the positive sets alone.</param>
    /// <param name="positiveWeights">The weight of each positive set: 1 for a single prompt, those of AND for a composition.</param>
    /// <param name="hasNegativePrompt">Whether the negative prompt says anything; if not, a perpendicular one is left out.</param>
    /// <param name="rows">B, the number of images.</param>
    /// <param name="rowLength">C·h·w, the number of values of one image.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale or a weight is not finite, or a size is below 1.</exception>
    /// <exception cref="ArgumentException">There is no positive set.</exception>
    public Guidance(GuidanceOptions options, double scale, ReadOnlySpan<float> positiveWeights, bool hasNegativePrompt, int rows, int rowLength)
    {
        options.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowLength, 1);
        ThrowIfNotFinite(scale, nameof(scale));
        if (positiveWeights.IsEmpty)
        {
            throw new ArgumentException("Guidance needs one positive condition set or more; there is none.", nameof(positiveWeights));
        }

        double sum = 0;
        foreach (float weight in positiveWeights)
        {
            ThrowIfNotFinite(weight, nameof(positiveWeights));
            sum += weight;
        }

        this.options = options;
        this.scale = scale;
        this.positiveWeights = positiveWeights.ToArray();
        this.rows = rows;
        this.rowLength = rowLength;
        this.isPerpendicular = options.PerpendicularNegative is not null && hasNegativePrompt;
        int firstPositive = this.isPerpendicular ? 2 : 1;
        this.SetCount = firstPositive + positiveWeights.Length;

        this.unguided = sum > 0
            ? new GuidancePlan(PositiveTerms(this.positiveWeights, firstPositive, 1 / sum), isGuided: false)
            : new GuidancePlan(this.AllTerms(1, 0), isGuided: false);
        this.guided = scale > 1 ? new GuidancePlan(this.AllTerms(scale, options.PerpendicularNegative ?? 0), isGuided: true) : this.unguided;

        this.rowWeights = new float[this.SetCount];
        this.referenceWeights = Array.ConvertAll(this.AllTerms(1, 0), static term => term.Weight);
        bool needsReference = options.Rescale > 0 && positiveWeights.Length > 1;
        this.scratch = needsReference || options.DynamicThresholding is not null ? new float[rowLength] : [];
    }

    /// <summary>Gets the number of condition sets, whether or not a plan uses them all.</summary>
    public int SetCount { get; }

    /// <summary>Gets a value indicating whether any step may evaluate the sets that are not positive; if not, they need not be made.</summary>
    public bool UsesNegative => this.guided.Terms.Length == this.SetCount || this.unguided.Terms.Length == this.SetCount;

    /// <summary>Returns what to evaluate at a noise level (see <see cref="GuidanceOptions.IntervalLow"/>).</summary>
    public GuidancePlan PlanAt(double sigma)
    {
        bool above = sigma > this.options.IntervalLow || this.options.IntervalLow <= 0;
        return above && sigma <= this.options.IntervalHigh ? this.guided : this.unguided;
    }

    /// <summary>Makes one prediction of those of all terms; plain, rescaled or with a perpendicular negative prompt, as the options say.</summary>
    /// <param name="plan">The plan that was evaluated.</param>
    /// <param name="output">The predictions <c>[K·B,C,h,w]</c>, one block of B rows for each term of the plan.</param>
    /// <param name="destination">Receives the prediction <c>[B,C,h,w]</c>; must not overlap the output.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Combine(GuidancePlan plan, ReadOnlySpan<float> output, Span<float> destination)
    {
        int blockLength = this.rows * this.rowLength;
        this.ThrowIfWrong(output.Length, plan.Terms.Length, nameof(output));
        this.ThrowIfWrong(destination.Length, 1, nameof(destination));
        for (int row = 0; row < this.rows; row++)
        {
            PredictionRows predictions = new(output[(row * this.rowLength)..], blockLength, this.rowLength);
            Span<float> result = destination.Slice(row * this.rowLength, this.rowLength);
            ReadOnlySpan<float> weights = plan.Weights;
            if (plan.IsGuided && this.isPerpendicular)
            {
                this.FindPerpendicularWeights(predictions);
                weights = this.rowWeights;
            }

            GuidanceMathematics.WeightedSum(predictions, weights, result);
            if (plan.IsGuided && this.options.Rescale > 0)
            {
                GuidanceMathematics.Rescale(result, this.Reference(predictions), this.options.Rescale);
            }
        }
    }

    /// <summary>Applies dynamic thresholding where the plan is guided and the options ask for it; else does nothing.</summary>
    /// <param name="plan">The plan that was evaluated.</param>
    /// <param name="sample">The sample xₜ <c>[B,C,h,w]</c> that the predictions belong to, before the scheduler's input scaling.</param>
    /// <param name="prediction">The guided prediction <c>[B,C,h,w]</c>, which is changed.</param>
    /// <param name="sampleWeight">a of x₀ = a·xₜ + b·prediction: 1/α for noise, α for velocity, 0 for x₀ itself.</param>
    /// <param name="predictionWeight">b: −σ/α for noise, −σ for velocity, 1 for x₀ itself (α, σ of the variance-preserving form).</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Threshold(GuidancePlan plan, ReadOnlySpan<float> sample, Span<float> prediction, double sampleWeight, double predictionWeight)
    {
        this.ThrowIfWrong(sample.Length, 1, nameof(sample));
        this.ThrowIfWrong(prediction.Length, 1, nameof(prediction));
        if (!plan.IsGuided || this.options.DynamicThresholding is not { } thresholding || predictionWeight == 0)
        {
            return;
        }

        for (int start = 0; start < prediction.Length; start += this.rowLength)
        {
            GuidanceMathematics.Threshold(
                sample.Slice(start, this.rowLength), prediction.Slice(start, this.rowLength), sampleWeight, predictionWeight, thresholding, this.scratch);
        }
    }

    private static GuidanceTerm[] PositiveTerms(float[] weights, int firstSet, double factor)
    {
        GuidanceTerm[] terms = new GuidanceTerm[weights.Length];
        for (int i = 0; i < terms.Length; i++)
        {
            terms[i] = new GuidanceTerm(ConditionRole.Positive, firstSet + i, (float)(weights[i] * factor));
        }

        return terms;
    }

    private static void ThrowIfNotFinite(double value, string name)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, string.Create(CultureInfo.InvariantCulture, $"A guidance scale or weight is {value}, wanted a finite number."));
        }
    }

    private GuidanceTerm[] AllTerms(double scale, double perpendicular)
    {
        int first = this.isPerpendicular ? 2 : 1;
        GuidanceTerm[] positive = PositiveTerms(this.positiveWeights, first, scale);
        double rest = 1;
        foreach (float weight in this.positiveWeights)
        {
            rest -= weight * scale;
        }

        if (!this.isPerpendicular)
        {
            return [new GuidanceTerm(ConditionRole.Negative, 0, (float)rest), .. positive];
        }

        double negative = -scale * perpendicular;
        return
        [
            new GuidanceTerm(ConditionRole.Unconditional, 0, (float)(rest - negative)),
            new GuidanceTerm(ConditionRole.Negative, 1, (float)negative),
            .. positive,
        ];
    }

    /// <summary>
    /// Perp-Neg is a weighted sum too, with weights of each image's own: with P = Σ vᵢ·(cᵢ − u), N = n − u, r = ⟨N,P⟩/⟨P,P⟩ and the weight w the prediction
    /// u + s·(P − w·(N − r·P)) gives P the factor s·(1 + w·r) and N the factor −s·w.
    /// </summary>
    private void FindPerpendicularWeights(PredictionRows predictions)
    {
        double perpendicular = this.options.PerpendicularNegative ?? 0;
        double ratio = GuidanceMathematics.ProjectionRatio(predictions, this.positiveWeights);
        double positive = this.scale * (1 + (perpendicular * ratio));
        double rest = 1 + (this.scale * perpendicular);
        for (int i = 0; i < this.positiveWeights.Length; i++)
        {
            this.rowWeights[i + 2] = (float)(this.positiveWeights[i] * positive);
            rest -= this.positiveWeights[i] * positive;
        }

        this.rowWeights[1] = (float)(-this.scale * perpendicular);
        this.rowWeights[0] = (float)rest;
    }

    /// <summary>The prediction without guidance whose deviation rescaling restores: the positive one, or the composition at scale 1.</summary>
    private ReadOnlySpan<float> Reference(PredictionRows predictions)
    {
        if (this.positiveWeights.Length == 1)
        {
            return predictions[this.SetCount - 1];
        }

        GuidanceMathematics.WeightedSum(predictions, this.referenceWeights, this.scratch);
        return this.scratch;
    }

    private void ThrowIfWrong(int found, int blocks, string name)
    {
        long wanted = (long)blocks * this.rows * this.rowLength;
        if (found != wanted)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"Holds {found} values, wanted {wanted}: {blocks} blocks of {this.rows} rows of {this.rowLength}."), name);
        }
    }
}
