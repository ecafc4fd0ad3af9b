namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What runs of the DPM-Solver family keep: the model's last values, newest first.</summary>
internal abstract class DpmRun : SchedulerRun
{
    private readonly float[][] values;
    private (double Sample, double Output) ofOriginal;
    private (double Sample, double Output) ofNoise;
    private bool keepsNoise;

    private protected DpmRun(RunSetup setup, int order)
        : base(setup)
    {
        this.values = new float[order][];
        for (int i = 0; i < order; i++)
        {
            this.values[i] = this.CreateBuffer();
        }
    }

    /// <summary>Gets the number of values kept so far, at most the order.</summary>
    private protected int ValueCount { get; private set; }

    /// <summary>A value of an earlier call: 0 is the newest.</summary>
    private protected ReadOnlySpan<float> Value(int age) => this.values[age];

    /// <summary>Level σ/α of a call's place in the trajectory, or after the last.</summary>
    private protected double Sigma(int position) => this.Schedule.Sigmas[position];

    /// <summary>Makes room for a new value, x₀ or the ε that goes with it, in the place of the oldest.</summary>
    private protected void MakeRoom(bool keepNoise)
    {
        float[] oldest = this.values[^1];
        Array.Copy(this.values, 0, this.values, 1, this.values.Length - 1);
        this.values[0] = oldest;
        this.ValueCount = Math.Min(this.ValueCount + 1, this.values.Length);
        this.keepsNoise = keepNoise;
        if (!keepNoise)
        {
            this.PredictInto(oldest);
        }

        (double signal, double noise) = (this.Schedule.Signal[this.Position], this.Schedule.Noise[this.Position]);
        this.ofOriginal = this.OriginalWeights(signal, noise);

        // Thresholding changes x₀, from which ε has to be found then.
        this.ofNoise = this.Options.Thresholding == true ? (1 / noise, -signal / noise) : this.NoiseWeights(signal, noise);
    }

    /// <summary>Fills a part of the new value.</summary>
    private protected void Remember(StepPart part, ReadOnlySpan<float> modelOutput, ReadOnlySpan<float> sample)
    {
        this.PredictOriginal(part, modelOutput, sample, this.ofOriginal);
        this.ThresholdOriginal();
        if (this.keepsNoise)
        {
            ReadOnlySpan<float> source = this.Options.Thresholding == true ? this.Original : modelOutput;
            LinearCombination.Apply(part.Of(this.values[0]), this.ofNoise.Sample, part.Of(sample), this.ofNoise.Output, part.Of(source));
        }
    }
}
