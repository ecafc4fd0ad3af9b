using System.Text.Json;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Sets of layers by attention sharing (SD 1.5), from prompts, seed and input files alone, against the reference stack.</summary>
public sealed class LayerGoldenTests : IDisposable
{
    private static readonly string[] Stages = ["input_ids", "prompt_embeds", "randn.00", "timesteps", "unet.first.sample", "unet.first.out", "latent.00", "final"];

    private readonly string folder = Directory.CreateTempSubdirectory("golden").FullName;

    private string TraceFile => Path.Combine(this.folder, "trace.safetensors");

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData("sd15-joint")]
    [InlineData("sd15-joint-prompts")]
    public void GenerateLayers_Joint_ReproducesEveryStageAndLayer(string name)
    {
        GoldenCase golden = new("pipelines", name);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(golden.Package, GoldenCase.OneThread);

        LayersResult result = pipeline.GenerateLayers(PromptsOf(golden), golden.Options(this.TraceFile));

        golden.CompareTrace(this.TraceFile, Tolerances.FromText, Stages);
        golden.CompareResult(result.Foreground, "result_foreground.png");
        golden.CompareResult(result.Background, "result_background.png");
        golden.CompareResult(result.Blended, "result_blended.png");
        Assert.All(result.Parts, part => Assert.Equal("joint", part.Mode));
    }

    [Fact]
    public void GenerateBackground_OfAForeground_ReproducesEveryStageAndLayer()
    {
        GoldenCase golden = new("pipelines", "sd15-fg2bg");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(golden.Package, GoldenCase.OneThread);

        LayersResult result = pipeline.GenerateBackground(golden.Input("foreground"), PromptsOf(golden), golden.Options(this.TraceFile));

        golden.CompareTrace(this.TraceFile, Tolerances.FromImages, [.. Stages, "control_00", "control_03"]);
        golden.CompareResult(result.Background, "result_background.png", equalShare: 0.995);
        golden.CompareResult(result.Blended, "result_blended.png", equalShare: 0.995);
        Assert.Equal(golden.Input("foreground").ToArray(), result.Foreground.ToArray());
    }

    [Fact]
    public void GenerateForeground_OfABackground_ReproducesEveryStageAndLayer()
    {
        GoldenCase golden = new("pipelines", "sd15-bg2fg");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(golden.Package, GoldenCase.OneThread);

        LayersResult result = pipeline.GenerateForeground(golden.Input("background"), PromptsOf(golden), golden.Options(this.TraceFile));

        golden.CompareTrace(this.TraceFile, Tolerances.FromImages, [.. Stages, "control_00", "control_03", "argb"]);
        golden.CompareResult(result.Foreground, "result_foreground.png", equalShare: 0.995);
        golden.CompareResult(result.Blended, "result_blended.png", equalShare: 0.995);
        Assert.Equal(golden.Input("background").ToArray(), result.Background.ToArray());
    }

    private static LayerPrompts PromptsOf(GoldenCase golden)
    {
        JsonElement prompt = golden.Facts.GetProperty("prompt");
        return prompt.ValueKind == JsonValueKind.String
            ? new LayerPrompts { Global = prompt.GetString() }
            : new LayerPrompts { Foreground = prompt[0].GetString(), Background = prompt[1].GetString(), Blended = prompt[2].GetString() };
    }
}
