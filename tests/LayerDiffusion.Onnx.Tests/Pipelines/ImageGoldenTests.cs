using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Modes that are given pictures, from prompt, seed and input files alone, against the reference stack.</summary>
public sealed class ImageGoldenTests : IDisposable
{
    // The random VAE encoder magnifies rounding: the fixtures' README allows this share.
    private const double EqualShare = 0.995;

    private static readonly string[] Stages = ["input_ids", "randn.00", "timesteps", "unet.first.sample", "unet.first.timestep", "unet.first.out", "final"];

    private readonly string folder = Directory.CreateTempSubdirectory("golden").FullName;

    private string TraceFile => Path.Combine(this.folder, "trace.safetensors");

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData("sdxl-i2i", "tiny-sdxl")]
    [InlineData("sd15-i2i", "tiny-sd15")]
    public void GenerateTransparent_OfAnImage_ReproducesEveryStage(string name, string package)
    {
        GoldenCase golden = new("pipelines", name);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), GoldenCase.OneThread);

        TransparentResult result = pipeline.GenerateTransparent(golden.Input("image"), golden.Prompt, golden.Options(this.TraceFile));

        golden.CompareTrace(this.TraceFile, Tolerances.FromImages, [.. Stages, "encode.argb", "encode.moments", "encode.offset", "encode.latent", "latent.00", "argb"]);
        golden.CompareResult(result.Image, "result.png", equalShare: EqualShare);
    }

    [Fact]
    public void Inpaint_RecordedCase_ReproducesEveryStage()
    {
        GoldenCase golden = new("pipelines", "sd15-inpaint");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(golden.Package, GoldenCase.OneThread);

        TransparentResult result = pipeline.Inpaint(
            golden.Input("image"), Mask.FromImage(golden.Input("mask")), golden.Prompt, golden.Options(this.TraceFile) with { KeepUnmasked = false });

        golden.CompareTrace(this.TraceFile, Tolerances.FromImages, [.. Stages, "encode.latent", "latent.00", "argb"]);
        golden.CompareResult(result.Image, "result.png", equalShare: EqualShare);
    }

    [Fact]
    public void BlendForeground_RecordedCase_ReproducesEveryStage() =>
        this.Reproduce("sdxl-fg2ble", (pipeline, golden, options) => pipeline.BlendForeground(golden.Input("foreground"), golden.Prompt, options), "condition.foreground");

    [Fact]
    public void BlendBackground_RecordedCase_ReproducesEveryStage() =>
        this.Reproduce("sdxl-bg2ble", (pipeline, golden, options) => pipeline.BlendBackground(golden.Input("background"), golden.Prompt, options), "condition.background");

    [Fact]
    public void ExtractForeground_RecordedCase_ReproducesEveryStage() => this.Reproduce(
        "sdxl-bgble2fg",
        (pipeline, golden, options) => pipeline.ExtractForeground(golden.Input("background"), golden.Input("blended"), golden.Prompt, options),
        "condition.background",
        "condition.blended",
        "argb");

    [Fact]
    public void ExtractBackground_ConditionsEndHalfway_ReproducesEveryStage() => this.Reproduce(
        "sdxl-fgble2bg-stop",
        (pipeline, golden, options) => pipeline.ExtractBackground(golden.Input("foreground"), golden.Input("blended"), golden.Prompt, options with { EndConditioningAt = golden.StopAt }),
        "condition.foreground",
        "condition.blended");

    private void Reproduce(string name, Func<LayerDiffusionPipeline, GoldenCase, GenerationOptions, GenerationResult> generate, params string[] demanded)
    {
        GoldenCase golden = new("pipelines", name);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(golden.Package, GoldenCase.OneThread);

        GenerationResult result = generate(pipeline, golden, golden.Options(this.TraceFile));

        golden.CompareTrace(this.TraceFile, Tolerances.FromImages, [.. Stages, .. demanded]);
        golden.CompareResult(result.Image, "result.png", equalShare: EqualShare);
        Assert.Equal(golden.Mode, result.Mode);
    }
}
