namespace LayerDiffusion.Onnx.Sampling;

/// <summary>A kind of scheduler, named after its class in diffusers without the ending "Scheduler".</summary>
/// <remarks>This is the list of all schedulers: a new one is one file with the class and one line here.</remarks>
public sealed class SchedulerType
{
    private readonly Func<SchedulerOptions, Scheduler> create;
    private readonly Func<SchedulerOptions> defaults;

    private SchedulerType(string name, Func<SchedulerOptions> defaults, Func<SchedulerOptions, Scheduler> create)
    {
        this.Name = name;
        this.defaults = defaults;
        this.create = create;
    }

    /// <summary>Gets denoising diffusion implicit models.</summary>
    public static SchedulerType DDIM { get; } = new("DDIM", () => DdimScheduler.Defaults, options => new DdimScheduler(options));

    /// <summary>Gets Euler steps along the probability flow.</summary>
    public static SchedulerType EulerDiscrete { get; } = new("EulerDiscrete", () => EulerDiscreteScheduler.Defaults, options => new EulerDiscreteScheduler(options));

    /// <summary>Gets Euler steps with ancestral noise.</summary>
    public static SchedulerType EulerAncestralDiscrete { get; } = new("EulerAncestralDiscrete", () => EulerAncestralDiscreteScheduler.Defaults, options => new EulerAncestralDiscreteScheduler(options));

    /// <summary>Gets the multistep DPM-Solver family.</summary>
    public static SchedulerType DPMSolverMultistep { get; } = new("DPMSolverMultistep", () => DpmSolverMultistepScheduler.Defaults, options => new DpmSolverMultistepScheduler(options));

    /// <summary>Gets all kinds.</summary>
    public static IReadOnlyList<SchedulerType> All { get; } = [DDIM, EulerDiscrete, EulerAncestralDiscrete, DPMSolverMultistep];

    /// <summary>Gets the name, such as <c>EulerDiscrete</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the name of the class in diffusers, such as <c>EulerDiscreteScheduler</c>.</summary>
    public string ClassName => this.Name + "Scheduler";

    /// <summary>Gets what the class in diffusers assumes for options that neither the caller nor the model sets.</summary>
    internal SchedulerOptions Defaults => this.defaults();

    /// <inheritdoc/>
    public override string ToString() => this.Name;

    /// <summary>Makes the scheduler from complete options.</summary>
    internal Scheduler Create(SchedulerOptions options) => this.create(options);
}
