namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Which scheduler runs and how. Null means: what the model's scheduler_config.json says, else what the class in diffusers assumes.</summary>
/// <remarks>
/// Start from a preset (<see cref="DpmPlusPlus2MKarras"/>), a name (<see cref="Parse"/>) or a model's file (<see cref="FromConfig(ReadOnlySpan{byte})"/>);
/// <see cref="Over"/> lays the caller's options over the model's. Names of options are those of diffusers.
/// </remarks>
public sealed partial record SchedulerOptions
{
    /// <summary>Gets the kind of scheduler.</summary>
    public SchedulerType? Type { get; init; }

    /// <summary>Gets the number of timesteps of the training, 1 to 100,000.</summary>
    public int? NumTrainTimesteps { get; init; }

    /// <summary>Gets the first training variance β, 0 to 1.</summary>
    public double? BetaStart { get; init; }

    /// <summary>Gets the last training variance β, 0 to 1.</summary>
    public double? BetaEnd { get; init; }

    /// <summary>Gets how the training variances run from the first to the last.</summary>
    public BetaSchedule? BetaSchedule { get; init; }

    /// <summary>Gets the training variances themselves, one per training timestep, in place of a schedule; empty for none.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>Gets what the UNet predicts.</summary>
    public PredictionType? PredictionType { get; init; }

    /// <summary>Gets how the steps are spread over the training timesteps.</summary>
    public TimestepSpacing? TimestepSpacing { get; init; }

    /// <summary>Gets what is added to timesteps of leading spacing, 0 to 1000.</summary>
    public int? StepsOffset { get; init; }

    /// <summary>Gets a value indicating whether the training variances are rescaled so that the last timestep is pure noise; for models trained so, with v-prediction.</summary>
    public bool? RescaleBetasZeroSnr { get; init; }

    /// <summary>Gets a value indicating whether the predicted x₀ is clipped (DDIM, DDPM, LCM, Heun); off for latents.</summary>
    public bool? ClipSample { get; init; }

    /// <summary>Gets the largest magnitude that clipping leaves, 0 to a million.</summary>
    public double? ClipSampleRange { get; init; }

    /// <summary>Gets a value indicating whether the last step ends without noise (else at the level of the first training timestep); DDIM and PNDM.</summary>
    public bool? SetAlphaToOne { get; init; }

    /// <summary>Gets a value indicating whether the predicted x₀ is clipped to a quantile of itself (dynamic thresholding); off for latents.</summary>
    public bool? Thresholding { get; init; }

    /// <summary>Gets the quantile of dynamic thresholding, 0 to 1.</summary>
    public double? DynamicThresholdingRatio { get; init; }

    /// <summary>Gets the largest limit of dynamic thresholding, 0 to a million.</summary>
    public double? SampleMaxValue { get; init; }

    /// <summary>Gets how the timestep is told to the UNet (Euler).</summary>
    public TimestepType? TimestepType { get; init; }

    /// <summary>Gets how noise levels between training timesteps are read (Euler).</summary>
    public SigmaInterpolation? InterpolationType { get; init; }

    /// <summary>Gets how noise levels are spread; not for DDIM, DDPM, PNDM, LCM, TCD.</summary>
    public SigmaSpacing? SigmaSpacing { get; init; }

    /// <summary>Gets the noise level of the last step where the spacing is not the model's; null: the training table's.</summary>
    public double? SigmaMin { get; init; }

    /// <summary>Gets the noise level of the first step where the spacing is not the model's; null: the training table's.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>Gets ρ of Karras spacing, 0.1 to 1000.</summary>
    public double? Rho { get; init; }

    /// <summary>Gets the standard deviation of the training data (EDM Euler).</summary>
    public double? SigmaData { get; init; }

    /// <summary>Gets the noise level at which the last step ends (Euler, DPM-Solver, UniPC, EDM Euler).</summary>
    public FinalSigmaRule? FinalSigma { get; init; }

    /// <summary>Gets the order of a multistep or singlestep solver: 1 to 3, LMS 1 to 4.</summary>
    public int? SolverOrder { get; init; }

    /// <summary>Gets the formula of a solver of higher order.</summary>
    public SolverType? SolverType { get; init; }

    /// <summary>Gets the form of the equation that a DPM-Solver integrates.</summary>
    public AlgorithmType? AlgorithmType { get; init; }

    /// <summary>Gets a value indicating whether the last steps of a short trajectory use lower orders.</summary>
    public bool? LowerOrderFinal { get; init; }

    /// <summary>Gets a value indicating whether the last step of DPM-Solver multistep is of order 1.</summary>
    public bool? EulerAtFinal { get; init; }

    /// <summary>Gets the smallest λ = ln(α/σ) whose timestep is used (DPM-Solver; for cosine schedules −5.1).</summary>
    public double? LambdaMinClipped { get; init; }

    /// <summary>Gets a value indicating whether UniPC works with x₀ (else ε).</summary>
    public bool? PredictX0 { get; init; }

    /// <summary>Gets the steps after which UniPC's corrector is left out, from 0.</summary>
    public IReadOnlyList<int>? DisableCorrector { get; init; }

    /// <summary>Gets the variance of DDPM's noise.</summary>
    public VarianceType? VarianceType { get; init; }

    /// <summary>Gets a value indicating whether PNDM starts without Runge-Kutta steps (PLMS), as latent diffusion does.</summary>
    public bool? SkipPrkSteps { get; init; }

    /// <summary>Gets the number of steps that LCM and TCD models were distilled for, at most the training timesteps.</summary>
    public int? OriginalInferenceSteps { get; init; }

    /// <summary>Gets the factor on the timestep in LCM's boundary conditions.</summary>
    public double? TimestepScaling { get; init; }

    /// <summary>Gets the share of random noise in each step, 0 to 1 (DDIM: 0 none, 1 as DDPM; TCD's γ).</summary>
    public double? Eta { get; init; }

    /// <summary>Gets how much noise Euler adds before steps, in sum over the trajectory (Karras et al. 2022, algorithm 2).</summary>
    public double? SChurn { get; init; }

    /// <summary>Gets the smallest noise level at which churn adds noise.</summary>
    public double? STmin { get; init; }

    /// <summary>Gets the largest noise level at which churn adds noise.</summary>
    public double? STmax { get; init; }

    /// <summary>Gets the factor on the noise that churn and DPM-Solver SDE add, 0 to 100.</summary>
    public double? SNoise { get; init; }

    /// <summary>Gets the shift of flow-match noise levels towards noise.</summary>
    public double? Shift { get; init; }

    /// <summary>Gets a value indicating whether flow-match noise levels are shifted by DynamicShiftMu.</summary>
    public bool? UseDynamicShifting { get; init; }

    /// <summary>Gets μ of dynamic shifting, which depends on the picture's size; needed where dynamic shifting is on.</summary>
    public double? DynamicShiftMu { get; init; }

    /// <summary>Gets the formula of dynamic shifting.</summary>
    public TimeShiftType? TimeShiftType { get; init; }

    /// <summary>Gets the flow-match noise level to which the last is stretched; null: none.</summary>
    public double? ShiftTerminal { get; init; }

    /// <summary>Gets a value indicating whether flow-match noise levels run upwards, for models trained so.</summary>
    public bool? InvertSigmas { get; init; }

    /// <summary>Gets a value indicating whether flow match replaces the noise by fresh noise in every step.</summary>
    public bool? StochasticSampling { get; init; }
}
