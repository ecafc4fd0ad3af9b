namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How diffusers spells the choices in a scheduler_config.json.</summary>
internal static class SchedulerConfigWords
{
    public static readonly ConfigWords<BetaSchedule> BetaSchedules = new(
        ("linear", BetaSchedule.Linear),
        ("scaled_linear", BetaSchedule.ScaledLinear),
        ("squaredcos_cap_v2", BetaSchedule.SquaredCosCapV2),
        ("sigmoid", BetaSchedule.Sigmoid),
        ("laplace", BetaSchedule.Laplace),
        ("exp", BetaSchedule.Exponential));

    public static readonly ConfigWords<PredictionType> PredictionTypes = new(
        ("epsilon", PredictionType.Epsilon),
        ("v_prediction", PredictionType.VPrediction),
        ("sample", PredictionType.Sample),
        ("original_sample", PredictionType.Sample));

    public static readonly ConfigWords<TimestepSpacing> TimestepSpacings = new(
        ("linspace", TimestepSpacing.Linspace),
        ("leading", TimestepSpacing.Leading),
        ("trailing", TimestepSpacing.Trailing));

    public static readonly ConfigWords<TimestepType> TimestepTypes = new(("discrete", TimestepType.Discrete), ("continuous", TimestepType.Continuous));

    public static readonly ConfigWords<SigmaInterpolation> SigmaInterpolations = new(("linear", SigmaInterpolation.Linear), ("log_linear", SigmaInterpolation.LogLinear));

    public static readonly ConfigWords<FinalSigmaRule> FinalSigmaRules = new(("zero", FinalSigmaRule.Zero), ("sigma_min", FinalSigmaRule.SigmaMin));

    public static readonly ConfigWords<SolverType> SolverTypes = new(
        ("midpoint", SolverType.Midpoint),
        ("heun", SolverType.Heun),
        ("bh1", SolverType.Bh1),
        ("bh2", SolverType.Bh2),
        ("logrho", SolverType.LogRho));

    // The DEIS class has no choice of algorithm and calls its own "deis"; DPM-Solver reads that as its default.
    public static readonly ConfigWords<AlgorithmType> AlgorithmTypes = new(
        ("dpmsolver", AlgorithmType.DpmSolver),
        ("dpmsolver++", AlgorithmType.DpmSolverPlusPlus),
        ("sde-dpmsolver", AlgorithmType.SdeDpmSolver),
        ("sde-dpmsolver++", AlgorithmType.SdeDpmSolverPlusPlus),
        ("deis", AlgorithmType.DpmSolverPlusPlus));

    public static readonly ConfigWords<VarianceType> VarianceTypes = new(
        ("fixed_small", VarianceType.FixedSmall),
        ("fixed_small_log", VarianceType.FixedSmallLog),
        ("fixed_large", VarianceType.FixedLarge));

    public static readonly ConfigWords<TimeShiftType> TimeShiftTypes = new(("exponential", TimeShiftType.Exponential), ("linear", TimeShiftType.Linear));

    /// <summary>Each spacing's own switch in the file; <see cref="SigmaSpacing.Model"/> is all of them off.</summary>
    public static readonly ConfigWords<SigmaSpacing> SigmaSpacingSwitches = new(
        ("use_karras_sigmas", SigmaSpacing.Karras),
        ("use_exponential_sigmas", SigmaSpacing.Exponential),
        ("use_beta_sigmas", SigmaSpacing.Beta),
        ("use_lu_lambdas", SigmaSpacing.LuLambdas));

    /// <summary>The key <c>sigma_schedule</c>: EDM's two choices, and this library's for tables that diffusers has no switch for.</summary>
    public static readonly ConfigWords<SigmaSpacing> SigmaSchedules = new(
        ("karras", SigmaSpacing.Karras),
        ("exponential", SigmaSpacing.Exponential),
        ("align_your_steps_sd15", SigmaSpacing.AlignYourStepsSd15),
        ("align_your_steps_sdxl", SigmaSpacing.AlignYourStepsSdxl));
}
