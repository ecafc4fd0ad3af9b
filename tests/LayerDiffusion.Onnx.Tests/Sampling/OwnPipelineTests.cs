using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Sampling;
using LayerDiffusion.Onnx.Tests.Pipelines;
using OwnPipelineSample;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>samples/OwnPipeline: tokenizer, scheduler and random numbers serve a pipeline that knows nothing of this library's packages.</summary>
public sealed class OwnPipelineTests
{
    private static readonly string Folder = Fixtures.PathOf("packages", "tiny-plain-sd15");

    [Fact]
    public void Draw_PlainExport_ReproducesTheRecordedPicture()
    {
        GoldenCase golden = new("pipelines", "sd15-opaque");

        RgbaImage picture = StableDiffusion.Draw(Folder, golden.Prompt, "bad, ugly", scheduler: null, steps: 8, guidanceScale: 7, seed: 27, size: 128);

        golden.CompareResult(picture, "result.png");
    }

    [Theory]
    [InlineData("DPM++ 2M Karras")]
    [InlineData("Euler a")]
    [InlineData("UniPC")]
    public void Draw_AnotherScheduler_EqualsThePipeline(string scheduler)
    {
        SchedulerOptions options = SchedulerOptions.Parse(scheduler);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Folder, GoldenCase.OneThread);
        GenerationOptions generation = new() { Width = 128, Height = 128, Steps = 6, GuidanceScale = 7, Seed = 3, NegativePrompt = "bad, ugly", Scheduler = options };
        RgbaImage expected = pipeline.GenerateImage("a glass bottle", generation).Image;

        RgbaImage picture = StableDiffusion.Draw(Folder, "a glass bottle", "bad, ugly", options, steps: 6, guidanceScale: 7, seed: 3, size: 128);

        // Other session options and another order of additions in guidance: roundings that may turn a rounding to 8 bit.
        Assert.All(expected.ToArray().Zip(picture.ToArray()), pair => Assert.InRange(pair.Second, pair.First - 1, pair.First + 1));
    }
}
