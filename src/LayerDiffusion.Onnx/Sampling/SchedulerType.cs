namespace LayerDiffusion.Onnx.Sampling;

/// <summary>A kind of scheduler, named after its class in diffusers without the ending "Scheduler".</summary>
/// <remarks>This is the list of all schedulers: a new one is one file with its class and one line here.</remarks>
public sealed class SchedulerType
{
    private static readonly List<SchedulerType> Registered = [];

    private readonly Func<SchedulerOptions> defaults;
    private readonly Func<SchedulerOptions, Scheduler> create;

    private SchedulerType(string name, Func<SchedulerOptions> defaults, Func<SchedulerOptions, Scheduler> create)
    {
        this.Name = name;
        this.defaults = defaults;
        this.create = create;
        Registered.Add(this);
    }

    /// <summary>Gets denoising diffusion implicit models.</summary>
    public static SchedulerType DDIM { get; } = new("DDIM", () => DdimScheduler.Defaults, options => new DdimScheduler(options));

    /// <summary>Gets denoising diffusion probabilistic models.</summary>
    public static SchedulerType DDPM { get; } = new("DDPM", () => DdpmScheduler.Defaults, options => new DdpmScheduler(options));

    /// <summary>Gets pseudo numerical methods (PLMS).</summary>
    public static SchedulerType PNDM { get; } = new("PNDM", () => PndmScheduler.Defaults, options => new PndmScheduler(options));

    /// <summary>Gets linear multistep.</summary>
    public static SchedulerType LMSDiscrete { get; } = new("LMSDiscrete", () => LmsDiscreteScheduler.Defaults, options => new LmsDiscreteScheduler(options));

    /// <summary>Gets Euler steps along the probability flow.</summary>
    public static SchedulerType EulerDiscrete { get; } = new("EulerDiscrete", () => EulerDiscreteScheduler.Defaults, options => new EulerDiscreteScheduler(options));

    /// <summary>Gets Euler steps with ancestral noise.</summary>
    public static SchedulerType EulerAncestralDiscrete { get; } = new("EulerAncestralDiscrete", () => EulerAncestralDiscreteScheduler.Defaults, options => new EulerAncestralDiscreteScheduler(options));

    /// <summary>Gets Heun's method.</summary>
    public static SchedulerType HeunDiscrete { get; } = new("HeunDiscrete", () => HeunDiscreteScheduler.Defaults, options => new HeunDiscreteScheduler(options));

    /// <summary>Gets DPM2.</summary>
    public static SchedulerType KDPM2Discrete { get; } = new("KDPM2Discrete", () => Kdpm2DiscreteScheduler.Defaults, options => new Kdpm2DiscreteScheduler(options));

    /// <summary>Gets DPM2 with ancestral noise.</summary>
    public static SchedulerType KDPM2AncestralDiscrete { get; } = new("KDPM2AncestralDiscrete", () => Kdpm2AncestralDiscreteScheduler.Defaults, options => new Kdpm2AncestralDiscreteScheduler(options));

    /// <summary>Gets the multistep DPM-Solver family.</summary>
    public static SchedulerType DPMSolverMultistep { get; } = new("DPMSolverMultistep", () => DpmSolverMultistepScheduler.Defaults, options => new DpmSolverMultistepScheduler(options));

    /// <summary>Gets the singlestep DPM-Solver family.</summary>
    public static SchedulerType DPMSolverSinglestep { get; } = new("DPMSolverSinglestep", () => DpmSolverSinglestepScheduler.Defaults, options => new DpmSolverSinglestepScheduler(options));

    /// <summary>Gets DPM++ SDE.</summary>
    public static SchedulerType DPMSolverSDE { get; } = new("DPMSolverSDE", () => DpmSolverSdeScheduler.Defaults, options => new DpmSolverSdeScheduler(options));

    /// <summary>Gets the unified predictor-corrector.</summary>
    public static SchedulerType UniPCMultistep { get; } = new("UniPCMultistep", () => UniPcMultistepScheduler.Defaults, options => new UniPcMultistepScheduler(options));

    /// <summary>Gets the diffusion exponential integrator.</summary>
    public static SchedulerType DEISMultistep { get; } = new("DEISMultistep", () => DeisMultistepScheduler.Defaults, options => new DeisMultistepScheduler(options));

    /// <summary>Gets latent consistency models.</summary>
    public static SchedulerType LCM { get; } = new("LCM", () => LcmScheduler.Defaults, options => new LcmScheduler(options));

    /// <summary>Gets trajectory consistency distillation.</summary>
    public static SchedulerType TCD { get; } = new("TCD", () => TcdScheduler.Defaults, options => new TcdScheduler(options));

    /// <summary>Gets Euler steps for models with EDM preconditioning.</summary>
    public static SchedulerType EDMEuler { get; } = new("EDMEuler", () => EdmEulerScheduler.Defaults, options => new EdmEulerScheduler(options));

    /// <summary>Gets Euler steps for flow-matching models.</summary>
    public static SchedulerType FlowMatchEulerDiscrete { get; } = new("FlowMatchEulerDiscrete", () => FlowMatchEulerDiscreteScheduler.Defaults, options => new FlowMatchEulerDiscreteScheduler(options));

    /// <summary>Gets all kinds.</summary>
    public static IReadOnlyList<SchedulerType> All { get; } = Registered.AsReadOnly();

    /// <summary>Gets the name, such as <c>EulerDiscrete</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the name of the class in diffusers, such as <c>EulerDiscreteScheduler</c>.</summary>
    public string ClassName => this.Name + "Scheduler";

    /// <summary>Gets a value indicating whether models for this scheduler are distilled to a few steps: then about 4 steps and no guidance (scale 1) are what users expect.</summary>
    public bool IsFewStep => this == LCM || this == TCD;

    /// <summary>Gets what the class in diffusers assumes for options that neither the caller nor the model sets.</summary>
    internal SchedulerOptions Defaults => this.defaults();

    /// <inheritdoc/>
    public override string ToString() => this.Name;

    /// <summary>Makes the scheduler from complete options.</summary>
    internal Scheduler Create(SchedulerOptions options) => this.create(options);
}
