namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The plan of a whole trajectory: at which timesteps the UNet is called and how noisy the sample is there.</summary>
internal sealed class Schedule
{
    /// <summary>Initializes a new instance of the <see cref="Schedule"/> class.</summary>
    /// <param name="timesteps">One per call of the UNet.</param>
    /// <param name="level">Gives, for each call, the weights of x₀ and ε in the sample.</param>
    public Schedule(float[] timesteps, Func<int, (double Signal, double Noise)> level)
    {
        this.Timesteps = timesteps;
        this.Signal = new double[timesteps.Length];
        this.Noise = new double[timesteps.Length];
        this.ModelSigma = new double[timesteps.Length];
        for (int i = 0; i < timesteps.Length; i++)
        {
            (this.Signal[i], this.Noise[i]) = level(i);
            this.ModelSigma[i] = this.Noise[i] / this.Signal[i];
        }
    }

    /// <summary>Gets the timestep of every call of the UNet.</summary>
    public float[] Timesteps { get; }

    /// <summary>Gets the weight of x₀ in the sample at every call, as noise is added there.</summary>
    public double[] Signal { get; }

    /// <summary>Gets the weight of ε in the sample at every call, as noise is added there.</summary>
    public double[] Noise { get; }

    /// <summary>Gets ε's weight over x₀'s in what the UNet sees at every call.</summary>
    public double[] ModelSigma { get; init; }

    /// <summary>Gets the list that diffusers calls sigmas; empty where a scheduler has none.</summary>
    public float[] Sigmas { get; init; } = [];

    /// <summary>Gets the noise level before each step and after the last, where steps of two calls make <see cref="Sigmas"/> repeat itself.</summary>
    public double[] StepSigmas { get; init; } = [];

    /// <summary>Gets the number of steps; schedulers of order 2 call the UNet about twice as often.</summary>
    public required int Steps { get; init; }

    /// <summary>Gets how many entries of the lists one step takes.</summary>
    public int Order { get; init; } = 1;

    /// <summary>Gets what the initial noise is multiplied by.</summary>
    public float InitialNoiseScale { get; init; } = 1;

    /// <summary>Weights of a sample x = x₀ + σ·ε.</summary>
    public static Func<int, (double Signal, double Noise)> VarianceExploding(float[] sigmas) => i => (1, sigmas[i]);

    /// <summary>Weights of a sample x = α·x₀ + σ·ε with α² + σ² = 1, from the ratio σ/α.</summary>
    public static Func<int, (double Signal, double Noise)> VariancePreserving(float[] sigmas) => i => Preserving(sigmas[i]);

    /// <summary>α and σ with α² + σ² = 1 from the ratio σ/α.</summary>
    public static (double Signal, double Noise) Preserving(double sigma)
    {
        double signal = 1 / Math.Sqrt((sigma * sigma) + 1);
        return (signal, sigma * signal);
    }

    public static float[] ToSingle(double[] values) => Array.ConvertAll(values, value => (float)value);
}
