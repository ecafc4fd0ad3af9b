using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>One trajectory from noise to image: the state that a scheduler keeps between UNet calls. Not safe for several threads at once.</summary>
/// <remarks>All buffers are made with the run; no method allocates.</remarks>
public abstract class SchedulerRun
{
    private readonly RunSetup setup;
    private readonly float[] sorted;
    private float[] original;

    private protected SchedulerRun(RunSetup setup)
    {
        this.setup = setup;
        this.Timesteps = new ArraySegment<float>(setup.Schedule.Timesteps, setup.BeginIndex, setup.Schedule.Timesteps.Length - setup.BeginIndex);
        this.Sigmas = Array.AsReadOnly(setup.Schedule.Sigmas);
        this.EvaluationCount = this.Timesteps.Count;
        this.original = new float[setup.SampleLength];
        this.sorted = setup.Options.Thresholding == true ? new float[setup.SampleLength / setup.Rows] : [];
    }

    /// <summary>Gets the number of UNet calls of this run; with image to image only those that are made.</summary>
    public int EvaluationCount { get; }

    /// <summary>Gets the number of the next UNet call, 0 to <see cref="EvaluationCount"/>.</summary>
    public int Index { get; private set; }

    /// <summary>Gets a value indicating whether all UNet calls are made.</summary>
    public bool IsFinished => this.Index >= this.EvaluationCount;

    /// <summary>Gets the timestep of each UNet call of this run, as the UNet gets it; some schedulers' are fractional.</summary>
    public IReadOnlyList<float> Timesteps { get; }

    /// <summary>Gets the noise levels as diffusers keeps them, also those that image to image skips; empty for schedulers without.</summary>
    public IReadOnlyList<float> Sigmas { get; }

    /// <summary>Gets how many UNet calls of the whole trajectory come before this run's first; 0 unless image to image skips some.</summary>
    public int BeginIndex => this.setup.BeginIndex;

    /// <summary>Gets what standard normal noise is multiplied by to start from pure noise (diffusers' <c>init_noise_sigma</c>).</summary>
    public float InitialNoiseScale => this.setup.Schedule.InitialNoiseScale;

    /// <summary>Gets the number of values in the sample.</summary>
    public int SampleLength => this.setup.SampleLength;

    /// <summary>Gets the clean sample x₀ as the last step saw it, for previews; all 0 before the first step. The span is good until the next step.</summary>
    public ReadOnlySpan<float> PredictedOriginal => this.original;

    /// <summary>Gets the complete options.</summary>
    private protected SchedulerOptions Options => this.setup.Options;

    /// <summary>Gets the whole trajectory.</summary>
    private protected Schedule Schedule => this.setup.Schedule;

    /// <summary>Gets the next call's place in the whole trajectory.</summary>
    private protected int Position => this.setup.BeginIndex + this.Index;

    /// <summary>Gets the parts that a step works through. Thresholding looks at whole images, so that there is only one part then.</summary>
    private protected StepParts Parts => new(this.setup.SampleLength, this.sorted.Length > 0 ? this.setup.SampleLength : StepParts.CacheLength);

    /// <summary>Gets the buffer behind <see cref="PredictedOriginal"/>.</summary>
    private protected Span<float> Original => this.original;

    /// <summary>Tells how noisy the sample is that the UNet sees at a call: σ = √((1−ᾱ)/ᾱ), whichever way the scheduler scales samples.</summary>
    /// <param name="evaluation">Number of the call, 0 to <see cref="EvaluationCount"/>; the latter is after the last call and gives 0.</param>
    /// <returns>The noise level.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such call.</exception>
    public double NoiseLevel(int evaluation)
    {
        this.CheckEvaluation(evaluation);
        return evaluation == this.EvaluationCount ? 0 : this.Schedule.ModelSigma[this.setup.BeginIndex + evaluation];
    }

    /// <summary>Scales the sample as the UNet wants it at the next call.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="destination">Receives the UNet's input; may be the sample's own memory.</param>
    /// <exception cref="ArgumentException">A span does not have <see cref="SampleLength"/> values.</exception>
    /// <exception cref="InvalidOperationException">The run is finished.</exception>
    public void ScaleModelInput(ReadOnlySpan<float> sample, Span<float> destination)
    {
        this.CheckLength(sample.Length, nameof(sample));
        this.CheckLength(destination.Length, nameof(destination));
        this.CheckUnfinished();
        float divisor = this.InputDivisor(this.Position);
        if (divisor == 1)
        {
            sample.CopyTo(destination);
        }
        else
        {
            TensorPrimitives.Divide(sample, divisor, destination);
        }
    }

    /// <summary>Makes the step that follows a UNet call.</summary>
    /// <param name="modelOutput">The UNet's output after guidance.</param>
    /// <param name="sample">The sample, replaced by the next one.</param>
    /// <param name="noise">Where noise comes from; deterministic schedulers never ask.</param>
    /// <exception cref="ArgumentException">A span does not have <see cref="SampleLength"/> values.</exception>
    /// <exception cref="InvalidOperationException">The run is finished.</exception>
    public void Step(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        this.CheckLength(modelOutput.Length, nameof(modelOutput));
        this.CheckLength(sample.Length, nameof(sample));
        this.CheckUnfinished();
        this.Advance(modelOutput, sample, noise);
        this.Index++;
    }

    /// <summary>Adds noise to a clean sample so that it fits a UNet call of this run: to start image to image, or to hold known parts in inpainting.</summary>
    /// <param name="original">The clean sample.</param>
    /// <param name="noise">Standard normal noise.</param>
    /// <param name="evaluation">Number of the call, 0 to <see cref="EvaluationCount"/>; the latter is after the last call and copies the clean sample.</param>
    /// <param name="destination">Receives the noised sample; may be the memory of either.</param>
    /// <exception cref="ArgumentException">A span does not have <see cref="SampleLength"/> values.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such call.</exception>
    public void AddNoise(ReadOnlySpan<float> original, ReadOnlySpan<float> noise, int evaluation, Span<float> destination)
    {
        this.CheckEvaluation(evaluation);
        this.CheckLength(original.Length, nameof(original));
        this.CheckLength(noise.Length, nameof(noise));
        this.CheckLength(destination.Length, nameof(destination));
        if (evaluation == this.EvaluationCount)
        {
            original.CopyTo(destination);
            return;
        }

        int position = this.setup.BeginIndex + evaluation;
        LinearCombination.Apply(destination, this.Schedule.Signal[position], original, this.Schedule.Noise[position], noise);
    }

    /// <summary>Replaces the sample by the next one.</summary>
    private protected abstract void Advance(ReadOnlySpan<float> modelOutput, Span<float> sample, INoiseSource noise);

    /// <summary>What the sample is divided by before the UNet sees it: divided like in the reference, since multiplying by the reciprocal rounds otherwise.</summary>
    private protected virtual float InputDivisor(int position) => 1;

    /// <summary>Makes a buffer of the sample's size.</summary>
    private protected float[] CreateBuffer() => new float[this.setup.SampleLength];

    /// <summary>Makes another buffer the one behind <see cref="PredictedOriginal"/>: solvers that keep earlier x₀ need no copy of it.</summary>
    private protected void PredictInto(float[] buffer) => this.original = buffer;

    /// <summary>Weights of sample and UNet output in x₀, from those of x₀ and ε in the sample.</summary>
    private protected (double Sample, double Output) OriginalWeights(double signal, double noise) => Prediction.Original(this.Options.PredictionType!.Value, signal, noise);

    /// <summary>Weights of sample and UNet output in ε, from those of x₀ and ε in the sample.</summary>
    private protected (double Sample, double Output) NoiseWeights(double signal, double noise) => Prediction.Noise(this.Options.PredictionType!.Value, signal, noise);

    /// <summary>Fills a part of <see cref="Original"/> from the sample and the UNet's output.</summary>
    private protected void PredictOriginal(StepPart part, ReadOnlySpan<float> modelOutput, ReadOnlySpan<float> sample, (double Sample, double Output) weights) =>
        LinearCombination.Apply(part.Of(this.Original), weights.Sample, part.Of(sample), weights.Output, part.Of(modelOutput));

    /// <summary>Clips each image of <see cref="Original"/> to a quantile of its own magnitudes and scales it to 1 ("Imagen", Saharia et al. 2022).</summary>
    private protected void ThresholdOriginal()
    {
        if (this.sorted.Length == 0)
        {
            return;
        }

        for (int row = 0; row < this.setup.Rows; row++)
        {
            Span<float> image = this.original.AsSpan(row * this.sorted.Length, this.sorted.Length);
            TensorPrimitives.Abs(image, this.sorted);
            this.sorted.AsSpan().Sort();
            double place = this.Options.DynamicThresholdingRatio!.Value * (this.sorted.Length - 1);
            int low = (int)place;
            double quantile = this.sorted[low] + ((place - low) * (this.sorted[Math.Min(low + 1, this.sorted.Length - 1)] - this.sorted[low]));
            float limit = (float)Math.Min(Math.Max(quantile, 1), this.Options.SampleMaxValue!.Value);
            TensorPrimitives.Clamp(image, -limit, limit, image);
            TensorPrimitives.Divide(image, limit, image);
        }
    }

    /// <summary>Clips a part of <see cref="Original"/> where the options ask for it.</summary>
    private protected void ClipOriginal(StepPart part)
    {
        if (this.Options.ClipSample == true)
        {
            float range = (float)this.Options.ClipSampleRange!.Value;
            TensorPrimitives.Clamp(part.Of(this.Original), -range, range, part.Of(this.Original));
        }
    }

    /// <summary>Thresholds or else clips a part of <see cref="Original"/> where the options ask for it.</summary>
    private protected void LimitOriginal(StepPart part)
    {
        if (this.sorted.Length > 0)
        {
            this.ThresholdOriginal();
        }
        else
        {
            this.ClipOriginal(part);
        }
    }

    private void CheckLength(int length, string name)
    {
        if (length != this.setup.SampleLength)
        {
            throw new ArgumentException($"{name} has {length} values, the run was made for {this.setup.SampleLength}.", name);
        }
    }

    private void CheckEvaluation(int evaluation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(evaluation);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(evaluation, this.EvaluationCount);
    }

    private void CheckUnfinished()
    {
        if (this.IsFinished)
        {
            throw new InvalidOperationException($"The run is finished: all {this.EvaluationCount} UNet calls are made.");
        }
    }
}
