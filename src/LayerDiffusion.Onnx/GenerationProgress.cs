using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx;

/// <summary>How far a generation is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Step">Steps of this stage that are done, 0 when it begins.</param>
/// <param name="TotalSteps">Steps of this stage in all; where pictures are encoded or decoded in tiles, each tile counts.</param>
/// <param name="Elapsed">Time since the generation began.</param>
/// <param name="Preview">What the picture looks like now, when <see cref="GenerationOptions.PreviewInterval"/> asks for it, large pictures at a quarter or an eighth of their sides; otherwise <see langword="null"/>.</param>
/// <param name="Mode">The mode that is being run, by the UNet's name in the model package: layers may take several, one after the other. "" for the codec alone.</param>
public readonly record struct GenerationProgress(GenerationStage Stage, int Step, int TotalSteps, TimeSpan Elapsed, RgbaImage? Preview = null, string Mode = "");
