using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx;

/// <summary>The facts of a generation that its results share.</summary>
internal sealed record GenerationDetails(
    string Prompt,
    GenerationOptions Options,
    GenerationTimings Timings,
    Device Device,
    string Model,
    string Mode,
    IReadOnlyList<string> Warnings);
