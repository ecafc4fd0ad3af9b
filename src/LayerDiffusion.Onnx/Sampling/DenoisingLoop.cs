namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Takes noise away step by step: the scheduler scales, the UNet predicts, guidance mixes, the scheduler steps. It knows nothing of what the latents mean.
/// </summary>
/// <remarks>All memory is allocated by the constructor and by the first step of each guidance plan; further steps allocate nothing.</remarks>
internal sealed class DenoisingLoop
{
    private readonly SchedulerRun run;
    private readonly PredictionType predictionType;
    private readonly Guidance guidance;
    private readonly Func<int, UnetDenoiser> denoiserAt;
    private readonly Func<int, int> wordingAt;
    private readonly float[] scaled;
    private readonly float[] output;
    private readonly float[] guided;

    /// <summary>Initializes a new instance of the <see cref="DenoisingLoop"/> class.</summary>
    /// <param name="run">The scheduler's run.</param>
    /// <param name="predictionType">What the UNet predicts.</param>
    /// <param name="guidance">How predictions become one.</param>
    /// <param name="denoiserAt">The UNet of each evaluation.</param>
    /// <param name="wordingAt">The wording of the prompts at each evaluation.</param>
    public DenoisingLoop(SchedulerRun run, PredictionType predictionType, Guidance guidance, Func<int, UnetDenoiser> denoiserAt, Func<int, int> wordingAt)
    {
        this.run = run;
        this.predictionType = predictionType;
        this.guidance = guidance;
        this.denoiserAt = denoiserAt;
        this.wordingAt = wordingAt;
        this.scaled = new float[run.SampleLength];
        this.output = new float[run.SampleLength * guidance.SetCount];
        this.guided = new float[run.SampleLength];
    }

    /// <summary>Makes one UNet call and one step of the scheduler.</summary>
    /// <param name="latent">The noisy latents, changed in place.</param>
    /// <param name="noise">Where stochastic schedulers draw from.</param>
    /// <param name="observers">Watch, in this order.</param>
    /// <param name="cancellationToken">Cancels at the next node of the graph.</param>
    public void Step(Span<float> latent, INoiseSource noise, List<IDenoisingObserver> observers, CancellationToken cancellationToken)
    {
        int evaluation = this.run.Index;
        UnetDenoiser denoiser = this.denoiserAt(evaluation);
        int wording = this.wordingAt(evaluation);
        double noiseLevel = this.run.NoiseLevel(evaluation);
        GuidancePlan plan = this.guidance.PlanAt(noiseLevel);
        Span<float> predictions = this.output.AsSpan(0, latent.Length * plan.Terms.Length);
        this.run.ScaleModelInput(latent, this.scaled);
        float timestep = this.run.Timesteps[evaluation];
        denoiser.Predict(plan, wording, this.scaled, timestep, predictions, cancellationToken);
        foreach (IDenoisingObserver observer in observers)
        {
            observer.Predicted(evaluation, denoiser, timestep, plan, wording, predictions);
        }

        this.guidance.Combine(plan, predictions, this.guided);
        (double ofSample, double ofPrediction) = OriginalWeights(this.predictionType, noiseLevel);
        this.guidance.Threshold(plan, this.scaled, this.guided, ofSample, ofPrediction);
        this.run.Step(this.guided, latent, noise);
        foreach (IDenoisingObserver observer in observers)
        {
            observer.Stepped(evaluation, this.run, latent);
        }
    }

    // The scaled input is in the variance-preserving form: α² + σ² = 1 with σ/α = noise level.
    private static (double OfSample, double OfPrediction) OriginalWeights(PredictionType type, double noiseLevel)
    {
        double alpha = 1 / Math.Sqrt(1 + (noiseLevel * noiseLevel));
        double sigma = noiseLevel * alpha;
        return Prediction.Original(type, alpha, sigma);
    }
}
