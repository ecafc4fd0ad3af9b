using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>What a generation reports, and what becomes of a generation whose listener fails.</summary>
public sealed class ProgressTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    [Fact]
    public void GenerateTransparent_Stages_ComeInOrderWithEveryStep()
    {
        Watcher watcher = new();
        pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Steps = 3, AlphaAugmentation = AlphaAugmentation.Full }, watcher);

        Assert.Equal(
            [
                .. Steps(GenerationStage.EncodingPrompt, 1),
                .. Steps(GenerationStage.Denoising, 3),
                .. Steps(GenerationStage.DecodingImage, 1),
                .. Steps(GenerationStage.DecodingTransparency, 8),
            ],
            watcher.Reports.Select(report => (report.Stage, report.Step, report.TotalSteps)));
        Assert.Equal(watcher.Reports.Select(report => report.Elapsed).Order(), watcher.Reports.Select(report => report.Elapsed));
        Assert.All(watcher.Reports, report => Assert.Null(report.Preview));
    }

    [Fact]
    public void GenerateImage_Stages_HaveNoTransparency()
    {
        Watcher watcher = new();
        pipelines.Sdxl.GenerateImage("a", TinyPipelines.Quick, watcher);

        Assert.Equal(
            [.. Steps(GenerationStage.EncodingPrompt, 1), .. Steps(GenerationStage.Denoising, 2), .. Steps(GenerationStage.DecodingImage, 1)],
            watcher.Reports.Select(report => (report.Stage, report.Step, report.TotalSteps)));
    }

    [Fact]
    public async Task GenerateManyAsync_Batch_CountsEachPictureInTheDecoders()
    {
        Watcher watcher = new();
        await pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick with { Count = 3, BatchSize = 3, AlphaAugmentation = AlphaAugmentation.Rotations }, watcher).ToListAsync();

        Assert.Equal(
            [
                .. Steps(GenerationStage.EncodingPrompt, 1),
                .. Steps(GenerationStage.Denoising, 2),
                .. Steps(GenerationStage.DecodingImage, 3),
                .. Steps(GenerationStage.DecodingTransparency, 12),
            ],
            watcher.Reports.Select(report => (report.Stage, report.Step, report.TotalSteps)));
    }

    [Theory]
    [InlineData(5, 256, 192, 171, 128)]
    [InlineData(5, 512, 512, 128, 128)]
    [InlineData(5, 330, 250, 165, 125)]
    [InlineData(4, 512, 512, 64, 64)]
    [InlineData(1, 512, 256, 128, 64)]
    public void GenerateTransparent_PreviewOfALargePicture_IsSmallerInTheSameProportions(int interval, int width, int height, int previewWidth, int previewHeight)
    {
        Watcher watcher = new();
        pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Steps = interval + 1, PreviewInterval = interval, Width = width, Height = height }, watcher);

        RgbaImage preview = watcher.Reports.Select(report => report.Preview).OfType<RgbaImage>().Single();
        Assert.Equal((previewWidth, previewHeight), (preview.Width, preview.Height));
        Assert.Contains(Alpha(preview), alpha => alpha != 255);
    }

    [Fact]
    public void GenerateTransparent_PreviewInterval_GivesPicturesAtThoseSteps()
    {
        Watcher watcher = new();
        TransparentResult result = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Steps = 5, PreviewInterval = 2, Width = 100, Height = 72 }, watcher);

        Assert.Equal([2, 4], watcher.Reports.Where(report => report.Preview is not null).Select(report => report.Step));
        RgbaImage[] previews = [.. watcher.Reports.Select(report => report.Preview).OfType<RgbaImage>()];
        Assert.All(previews, preview => Assert.Equal((100, 72), (preview.Width, preview.Height)));
        Assert.NotEqual(previews[0].ToArray(), previews[1].ToArray());
        Assert.Contains(Alpha(previews[0]), alpha => alpha != 255);
        Assert.Equal(
            pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Steps = 5, Width = 100, Height = 72 }).Image.ToArray(),
            result.Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_Previews_ComeNearerToTheResult()
    {
        Watcher watcher = new();
        byte[] result = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Steps = 20, PreviewInterval = 1 }, watcher).Image.ToArray();

        double[] distances =
            [.. watcher.Reports.Select(report => report.Preview).OfType<RgbaImage>().Select(preview => result.Zip(preview.ToArray(), (a, b) => Math.Abs(a - b)).Average())];

        Assert.Equal(19, distances.Length);
        Assert.True(distances[^1] < distances[9] && distances[9] < distances[0], $"mean distances: {string.Join("; ", distances)}");
    }

    [Theory]
    [InlineData("tiny-sd15")]
    [InlineData("tiny-plain-sd15")]
    public void GenerateImage_Preview_IsOpaque(string package)
    {
        Watcher watcher = new();
        LayerDiffusionPipeline pipeline = package == "tiny-sd15" ? pipelines.Sd15 : pipelines.Plain;
        pipeline.GenerateImage("a", TinyPipelines.Quick with { PreviewInterval = 1 }, watcher);

        RgbaImage preview = Assert.Single(watcher.Reports, report => report.Preview is not null).Preview!;
        Assert.All(Alpha(preview), alpha => Assert.Equal(255, alpha));
    }

    [Theory]
    [InlineData(GenerationStage.EncodingPrompt)]
    [InlineData(GenerationStage.Denoising)]
    [InlineData(GenerationStage.DecodingImage)]
    [InlineData(GenerationStage.DecodingTransparency)]
    public async Task GenerateTransparent_ListenerFails_ItsExceptionComesOutAndThePipelineWorksOn(GenerationStage stage)
    {
        GenerationOptions options = TinyPipelines.Quick with { TraceFile = Path.Combine(pipelines.Folder, $"failed-{stage}.safetensors") };
        byte[] expected = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick).Image.ToArray();
        foreach (int step in new[] { 0, 1 })
        {
            Watcher failing = new(report =>
            {
                if (report.Stage == stage && report.Step == step)
                {
                    throw new FormatException("the listener's own");
                }
            });
            Assert.Equal("the listener's own", Assert.Throws<FormatException>(() => pipelines.Sdxl.GenerateTransparent("a", options, failing)).Message);
            await Assert.ThrowsAsync<FormatException>(() => pipelines.Sdxl.GenerateTransparentAsync("a", options, failing));
        }

        Assert.Empty(Directory.GetFiles(pipelines.Folder, $"failed-{stage}*"));
        Assert.Equal(expected, pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick).Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_TraceFileThatCannotBeWritten_FailsBeforeAnyWork()
    {
        string file = Path.Combine(pipelines.Folder, "a-file");
        File.WriteAllText(file, "kept");
        foreach (string path in new[] { Path.Combine(pipelines.Folder, "no-such-folder", "trace"), pipelines.Folder, Path.Combine(file, "trace"), pipelines.Folder + Path.DirectorySeparatorChar })
        {
            Watcher watcher = new();
            IOException exception = Assert.ThrowsAny<IOException>(() => pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { TraceFile = path }, watcher));
            Assert.Contains(pipelines.Folder, exception.Message, StringComparison.Ordinal);
            Assert.Empty(watcher.Reports);
        }

        Assert.Equal("kept", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(pipelines.Folder, "a-file*"));
    }

    [Fact]
    public async Task GenerateManyAsync_TraceOfSeveralBatches_IsRefused()
    {
        GenerationOptions options = TinyPipelines.Quick with { Count = 2, TraceFile = Path.Combine(pipelines.Folder, "several.safetensors") };

        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(async () => await pipelines.Sdxl.GenerateManyAsync("a", options).ToListAsync());

        Assert.Contains("Count is 2 and BatchSize 1", exception.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(GenerationStage Stage, int Step, int TotalSteps)> Steps(GenerationStage stage, int total) =>
        Enumerable.Range(0, total + 1).Select(step => (stage, step, total));

    private static IEnumerable<byte> Alpha(RgbaImage image) => image.ToArray().Where((_, index) => index % 4 == 3);
}
