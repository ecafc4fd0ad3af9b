namespace LayerDiffusion.Onnx.Sampling;

/// <content>Presets. Each says what its name says, whatever the model's own scheduler_config.json chose; the rest comes from the model.</content>
public sealed partial record SchedulerOptions
{
    /// <summary>Gets DDIM as latent diffusion uses it: no clipping, ending at the first training timestep.</summary>
    public static SchedulerOptions Ddim { get; } = new() { Type = SchedulerType.DDIM, ClipSample = false, SetAlphaToOne = false };

    /// <summary>Gets DDPM without clipping.</summary>
    public static SchedulerOptions Ddpm { get; } = new() { Type = SchedulerType.DDPM, ClipSample = false };

    /// <summary>Gets PNDM without Runge-Kutta steps (PLMS), the first scheduler of Stable Diffusion.</summary>
    public static SchedulerOptions Pndm { get; } = new() { Type = SchedulerType.PNDM, SkipPrkSteps = true, SetAlphaToOne = false };

    /// <summary>Gets linear multistep.</summary>
    public static SchedulerOptions Lms { get; } = new() { Type = SchedulerType.LMSDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets linear multistep with Karras spacing.</summary>
    public static SchedulerOptions LmsKarras { get; } = new() { Type = SchedulerType.LMSDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Karras };

    /// <summary>Gets Euler.</summary>
    public static SchedulerOptions Euler { get; } = new() { Type = SchedulerType.EulerDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets Euler with Karras spacing.</summary>
    public static SchedulerOptions EulerKarras { get; } = new() { Type = SchedulerType.EulerDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Karras };

    /// <summary>Gets Euler with ancestral noise, "Euler a".</summary>
    public static SchedulerOptions EulerAncestral { get; } = new() { Type = SchedulerType.EulerAncestralDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets Heun, two UNet calls a step.</summary>
    public static SchedulerOptions Heun { get; } = new() { Type = SchedulerType.HeunDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets Heun with Karras spacing.</summary>
    public static SchedulerOptions HeunKarras { get; } = new() { Type = SchedulerType.HeunDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Karras };

    /// <summary>Gets DPM2, two UNet calls a step.</summary>
    public static SchedulerOptions Dpm2 { get; } = new() { Type = SchedulerType.KDPM2Discrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets DPM2 with Karras spacing.</summary>
    public static SchedulerOptions Dpm2Karras { get; } = new() { Type = SchedulerType.KDPM2Discrete, SigmaSpacing = Sampling.SigmaSpacing.Karras };

    /// <summary>Gets DPM2 with ancestral noise, "DPM2 a".</summary>
    public static SchedulerOptions Dpm2Ancestral { get; } = new() { Type = SchedulerType.KDPM2AncestralDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets DPM2 with ancestral noise and Karras spacing.</summary>
    public static SchedulerOptions Dpm2AncestralKarras { get; } = new() { Type = SchedulerType.KDPM2AncestralDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Karras };

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

    /// <summary>Gets DPM++ 2S: DPM-Solver++ singlestep of order 2.</summary>
    public static SchedulerOptions DpmPlusPlus2S { get; } = new()
    {
        Type = SchedulerType.DPMSolverSinglestep,
        AlgorithmType = Sampling.AlgorithmType.DpmSolverPlusPlus,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
        LowerOrderFinal = true,
    };

    /// <summary>Gets DPM++ 2S with Karras spacing.</summary>
    public static SchedulerOptions DpmPlusPlus2SKarras { get; } = new()
    {
        Type = SchedulerType.DPMSolverSinglestep,
        AlgorithmType = Sampling.AlgorithmType.DpmSolverPlusPlus,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Midpoint,
        SigmaSpacing = Sampling.SigmaSpacing.Karras,
        LowerOrderFinal = true,
    };

    /// <summary>Gets DPM++ SDE, two UNet calls a step.</summary>
    public static SchedulerOptions DpmPlusPlusSde { get; } = new() { Type = SchedulerType.DPMSolverSDE, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets DPM++ SDE with Karras spacing.</summary>
    public static SchedulerOptions DpmPlusPlusSdeKarras { get; } = new() { Type = SchedulerType.DPMSolverSDE, SigmaSpacing = Sampling.SigmaSpacing.Karras };

    /// <summary>Gets UniPC of order 2.</summary>
    public static SchedulerOptions UniPC { get; } = new()
    {
        Type = SchedulerType.UniPCMultistep,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Bh2,
        SigmaSpacing = Sampling.SigmaSpacing.Model,
    };

    /// <summary>Gets UniPC with Karras spacing.</summary>
    public static SchedulerOptions UniPCKarras { get; } = new()
    {
        Type = SchedulerType.UniPCMultistep,
        SolverOrder = 2,
        SolverType = Sampling.SolverType.Bh2,
        SigmaSpacing = Sampling.SigmaSpacing.Karras,
    };

    /// <summary>Gets DEIS of order 2.</summary>
    public static SchedulerOptions Deis { get; } = new() { Type = SchedulerType.DEISMultistep, SolverOrder = 2, SigmaSpacing = Sampling.SigmaSpacing.Model };

    /// <summary>Gets latent consistency models: about 4 steps, little or no guidance.</summary>
    public static SchedulerOptions Lcm { get; } = new() { Type = SchedulerType.LCM };

    /// <summary>Gets trajectory consistency distillation: about 4 steps, no guidance.</summary>
    public static SchedulerOptions Tcd { get; } = new() { Type = SchedulerType.TCD };

    /// <summary>Gets Euler for models trained with EDM preconditioning.</summary>
    public static SchedulerOptions EdmEuler { get; } = new() { Type = SchedulerType.EDMEuler, SigmaSpacing = Sampling.SigmaSpacing.Karras };

    /// <summary>Gets Euler for flow-matching models.</summary>
    public static SchedulerOptions FlowMatchEuler { get; } = new() { Type = SchedulerType.FlowMatchEulerDiscrete, SigmaSpacing = Sampling.SigmaSpacing.Model };
}
