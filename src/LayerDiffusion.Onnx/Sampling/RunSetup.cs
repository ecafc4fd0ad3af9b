namespace LayerDiffusion.Onnx.Sampling;

/// <summary>What a run starts from.</summary>
/// <param name="Options">Complete options.</param>
/// <param name="Schedule">The whole trajectory.</param>
/// <param name="BeginIndex">The first of its calls that this run makes.</param>
/// <param name="SampleLength">Number of values in the sample.</param>
/// <param name="Rows">Number of images in the sample.</param>
internal sealed record RunSetup(SchedulerOptions Options, Schedule Schedule, int BeginIndex, int SampleLength, int Rows);
