using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Calls a method of a pipeline with a picture, if it takes one, and gives the pictures that it made.</summary>
internal delegate Task<RgbaImage[]> ModeCall(
    LayerDiffusionPipeline pipeline, RgbaImage image, GenerationOptions options, bool isAsync, IProgress<GenerationProgress>? progress, CancellationToken token);
