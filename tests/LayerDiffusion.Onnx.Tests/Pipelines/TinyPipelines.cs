using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>The fixture packages, each loaded when a class of tests first asks for it, and a folder for what tests write.</summary>
public sealed class TinyPipelines : IDisposable
{
    private readonly Lazy<LayerDiffusionPipeline> sdxl = new(() => Load("tiny-sdxl"));
    private readonly Lazy<LayerDiffusionPipeline> sd15 = new(() => Load("tiny-sd15"));
    private readonly Lazy<LayerDiffusionPipeline> plain = new(() => Load("tiny-plain-sd15"));

    public LayerDiffusionPipeline Sdxl => this.sdxl.Value;

    public LayerDiffusionPipeline Sd15 => this.sd15.Value;

    public LayerDiffusionPipeline Plain => this.plain.Value;

    /// <summary>The least work: 64×64, 2 steps of Euler, one view of the transparency decoder.</summary>
    internal static GenerationOptions Quick { get; } = new()
    {
        Width = 64,
        Height = 64,
        Steps = 2,
        GuidanceScale = 5,
        Seed = 7,
        NegativePrompt = "bad",
        Scheduler = SchedulerOptions.Euler,
        AlphaAugmentation = AlphaAugmentation.Fast,
    };

    internal string Folder { get; } = Directory.CreateTempSubdirectory("pipelines").FullName;

    public void Dispose()
    {
        foreach (Lazy<LayerDiffusionPipeline> pipeline in new[] { this.sdxl, this.sd15, this.plain })
        {
            if (pipeline.IsValueCreated)
            {
                pipeline.Value.Dispose();
            }
        }

        Directory.Delete(this.Folder, recursive: true);
    }

    internal static LayerDiffusionPipeline Load(string package, PipelineOptions? options = null) =>
        LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), options ?? GoldenCase.OneThread);

    internal static float[] Floats(TransparentResult result) => result.FloatImage.Pixels.ToArray();

    /// <summary>Generates with a trace and gives the trace.</summary>
    internal SafetensorsFile Trace(LayerDiffusionPipeline pipeline, string prompt, GenerationOptions options, out TransparentResult result)
    {
        string file = Path.Combine(this.Folder, $"{Guid.NewGuid():N}.safetensors");
        result = pipeline.GenerateTransparent(prompt, options with { TraceFile = file });
        return SafetensorsFile.Open(file);
    }

    /// <inheritdoc cref="Trace(LayerDiffusionPipeline, string, GenerationOptions, out TransparentResult)"/>
    internal SafetensorsFile Trace(LayerDiffusionPipeline pipeline, string prompt, GenerationOptions options) => this.Trace(pipeline, prompt, options, out _);
}
