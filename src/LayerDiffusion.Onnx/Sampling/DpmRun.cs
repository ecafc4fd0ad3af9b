namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What runs of the DPM-Solver family keep: the model's last values, newest first.</summary>
internal abstract class DpmRun : SchedulerRun
{
    private readonly float[][] values;

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

    /// <summary>Predicts x₀ and keeps it, or the ε that goes with it.</summary>
    private protected void Remember(ReadOnlySpan<float> modelOutput, ReadOnlySpan<float> sample, bool keepNoise)
    {
        float[] oldest = this.values[^1];
        Array.Copy(this.values, 0, this.values, 1, this.values.Length - 1);
        this.values[0] = oldest;
        this.ValueCount = Math.Min(this.ValueCount + 1, this.values.Length);
        if (!keepNoise)
        {
            this.PredictInto(oldest);
        }

        int position = this.Position;
        (double signal, double noise) = (this.Schedule.Signal[position], this.Schedule.Noise[position]);
        this.PredictOriginal(modelOutput, sample, signal, noise);
        this.ThresholdOriginal();
        if (!keepNoise)
        {
            return;
        }

        if (this.Options.Thresholding == true)
        {
            LinearCombination.Apply(oldest, 1 / noise, sample, -signal / noise, this.Original);
        }
        else
        {
            (double ofSample, double ofOutput) = Prediction.Noise(this.Options.PredictionType!.Value, signal, noise);
            LinearCombination.Apply(oldest, ofSample, sample, ofOutput, modelOutput);
        }
    }
}
