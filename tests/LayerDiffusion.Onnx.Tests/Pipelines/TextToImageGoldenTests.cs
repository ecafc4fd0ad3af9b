namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Whole pictures from prompt and seed alone, against the reference stack.</summary>
public sealed class TextToImageGoldenTests : IDisposable
{
    private static readonly string[] Stages =
        ["input_ids", "prompt_embeds", "randn.00", "timesteps", "unet.first.sample", "unet.first.out", "latent.00", "final"];

    private readonly string folder = Directory.CreateTempSubdirectory("golden").FullName;

    private string TraceFile => Path.Combine(this.folder, "trace.safetensors");

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData("sdxl-t2i-dpmpp2mk")]
    [InlineData("sdxl-t2i-wide")]
    [InlineData("sdxl-t2i-ddim")]
    [InlineData("sdxl-t2i-cfg-rescale")]
    [InlineData("sdxl-t2i-euler")]
    [InlineData("sdxl-t2i-euler-karras")]
    [InlineData("sdxl-t2i-euler-a")]
    [InlineData("sd15-t2i-dpmpp2mk")]
    public void GenerateTransparent_RecordedCase_ReproducesEveryStage(string name) => this.Reproduce(name, Tolerances.FromText);

    [Fact]
    public void GenerateTransparent_ZeroTerminalSnr_ReproducesEveryStage() =>
        // The first step goes from sigma 4096 to 13.8, which magnifies the UNet's rounding.
        this.Reproduce("sdxl-t2i-v-ztsnr", Tolerances.FromText with { LatentSteps = 5e-3 });

    [Fact]
    public void GenerateManyAsync_SharedGenerator_ReproducesTheBatch()
    {
        GoldenCase golden = new("pipelines", "sdxl-t2i-batch2");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(golden.Package, GoldenCase.OneThread);

        List<TransparentResult> results = pipeline.GenerateManyAsync(golden.Prompt, golden.Options(this.TraceFile)).ToBlockingEnumerable().ToList();

        golden.CompareTrace(this.TraceFile, Tolerances.FromText, [.. Stages, "argb"]);
        Assert.Equal(2, results.Count);
        golden.CompareResult(results[0].Image, "result_0.png");
        golden.CompareResult(results[1].Image, "result_1.png");
    }

    [Theory]
    [InlineData("tiny-fox")]
    [InlineData("tiny-glass-fox")]
    [InlineData("tiny-glass-skull")]
    [InlineData("tiny-crown")]
    [InlineData("tiny-red-mushroom")]
    [InlineData("tiny-blue-rocket")]
    public void GenerateTransparent_EmbeddedModel_DrawsTheRecordedPicture(string name)
    {
        GoldenCase golden = new("tiny", name);
        using LayerDiffusionPipeline pipeline = Models.Tiny.TinyModel.LoadPipeline(GoldenCase.OneThread);

        TransparentResult result = pipeline.GenerateTransparent(golden.Prompt, golden.Options(this.TraceFile));

        // A trained network magnifies rounding more than the random ones: the model's README allows this much.
        golden.CompareTrace(this.TraceFile, new Tolerances(2e-3, 2e-3, 5e-3, 2e-3), "input_ids", "final", "argb");
        golden.CompareResult(result.Image, "result.png", largest: 2, equalShare: 0.995, near: 1);
    }

    private void Reproduce(string name, Tolerances tolerances)
    {
        GoldenCase golden = new("pipelines", name);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(golden.Package, GoldenCase.OneThread);

        TransparentResult result = pipeline.GenerateTransparent(golden.Prompt, golden.Options(this.TraceFile));

        golden.CompareTrace(this.TraceFile, tolerances, [.. Stages, "argb"]);
        golden.CompareResult(result.Image, "result.png");
        Assert.Equal(golden.Facts.GetProperty("seed").GetInt64(), result.Seed);
    }
}
