namespace LayerDiffusion.Onnx.Sampling;

/// <content>Presets. Each says what its name says, whatever the model's own scheduler_config.json chose; the rest comes from the model.</content>
public sealed partial record SchedulerOptions
{
    /// <summary>Gets DDIM as latent diffusion uses it: no clipping, ending at the first training timestep.</summary>
    public static SchedulerOptions Ddim { get; } = new() { Type = SchedulerType.DDIM, ClipSample = false, SetAlphaToOne = false };

    /// <summary>Gets Euler.</summary>
    public static SchedulerOptions Euler { get; } = new() { Type = SchedulerType.EulerDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets Euler with Karras spacing.</summary>
    public static SchedulerOptions EulerKarras { get; } = new() { Type = SchedulerType.EulerDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Karras };

    /// <summary>Gets Euler with ancestral noise, "Euler a".</summary>
    public static SchedulerOptions EulerAncestral { get; } = new() { Type = SchedulerType.EulerAncestralDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets DPM++ 2M: DPM-Solver++ multistep of order 2.</summary>
    public static SchedulerOptions DpmPlusPlus2M { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.DpmSolverPlusPlus,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
    };

    /// <summary>Gets DPM++ 2M with Karras spacing.</summary>
    public static SchedulerOptions DpmPlusPlus2MKarras { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.DpmSolverPlusPlus,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Karras,
    };

    /// <summary>Gets DPM++ 2M SDE: the stochastic form.</summary>
    public static SchedulerOptions DpmPlusPlus2MSde { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.SdeDpmSolverPlusPlus,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
    };

    /// <summary>Gets DPM++ 2M SDE with Karras spacing.</summary>
    public static SchedulerOptions DpmPlusPlus2MSdeKarras { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.SdeDpmSolverPlusPlus,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Karras,
    };

    /// <summary>Gets DPM++ 2M SDE by Heun's rule.</summary>
    public static SchedulerOptions DpmPlusPlus2MSdeHeun { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.SdeDpmSolverPlusPlus,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Heun,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
    };

    /// <summary>Gets DPM++ 3M: order 3.</summary>
    public static SchedulerOptions DpmPlusPlus3M { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.DpmSolverPlusPlus,
        SolverOrder = 3,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
    };

    /// <summary>Gets DPM++ 3M with Karras spacing.</summary>
    public static SchedulerOptions DpmPlusPlus3MKarras { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.DpmSolverPlusPlus,
        SolverOrder = 3,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Karras,
    };

    /// <summary>Gets DPM++ 3M SDE.</summary>
    public static SchedulerOptions DpmPlusPlus3MSde { get; } = new()
    {
        Type = SchedulerType.DPMSolverMultistep,
        AlgorithmType = Sampling.AlgorithmType.SdeDpmSolverPlusPlus,
        SolverOrder = 3,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
    };
}
