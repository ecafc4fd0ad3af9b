using System.Text;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Generations from the buffers that CUDA graphs need, on the processor: they must come to the same, bit for bit.</summary>
public sealed class CudaGraphsTests(TinyPipelines pipelines, CudaGraphsTests.FixedPipelines fixedBuffers) : IClassFixture<TinyPipelines>, IClassFixture<CudaGraphsTests.FixedPipelines>
{
    public static TheoryData<string> Modes => ModeCase.Names;

    private static PipelineOptions FixedBuffers => GoldenCase.OneThread with { FixedBuffers = true };

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task EveryMode_FixedBuffers_DrawsTheSame(string name)
    {
        ModeCase mode = ModeCase.All[name];
        RgbaImage image = Pictures.Disc(64, 64);
        GenerationOptions options = mode.Quick() with { GuidanceScale = 5 };
        RgbaImage[] expected = await mode.Call(mode.PipelineOf(pipelines), image, options, isAsync: false, null, default);
        RgbaImage[] actual = await mode.Call(mode.IsSdxl ? fixedBuffers.Sdxl : fixedBuffers.Sd15, image, options, isAsync: true, null, default);
        Assert.Equal(expected.Select(picture => picture.ToArray()), actual.Select(picture => picture.ToArray()));
    }

    [Theory]
    [InlineData("[a|b]")]
    [InlineData("[a:b:0.5] AND c")]
    public void GenerateTransparent_PromptsAndGuidanceThatChange_DrawsTheSame(string prompt)
    {
        GenerationOptions options = TinyPipelines.Quick with
        {
            Steps = 6,
            Prompting = PromptOptions.WebUi,
            Guidance = new GuidanceOptions { IntervalLow = 0.28, IntervalHigh = 5.42 },
        };
        Assert.Equal(
            TinyPipelines.Floats(pipelines.Sdxl.GenerateTransparent(prompt, options)), TinyPipelines.Floats(fixedBuffers.Sdxl.GenerateTransparent(prompt, options)));
    }

    [Fact]
    public async Task Generate_SizesAndBatchesInTurn_DrawsTheSame()
    {
        foreach ((int width, int count) in new[] { (64, 1), (128, 1), (64, 2), (64, 1), (128, 1) })
        {
            GenerationOptions options = TinyPipelines.Quick with { Width = width, Count = count, BatchSize = count };
            Assert.Equal(await Draw(pipelines.Sdxl), await Draw(fixedBuffers.Sdxl));

            async Task<List<float[]>> Draw(LayerDiffusionPipeline pipeline)
            {
                List<float[]> pictures = [];
                await foreach (TransparentResult result in pipeline.GenerateManyAsync("a", options))
                {
                    pictures.Add(TinyPipelines.Floats(result));
                }

                return pictures;
            }
        }
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    public void ExtractBackground_TwoUnets_DrawsTheSame(double end)
    {
        GenerationOptions options = TinyPipelines.Quick with { Width = null, Height = null, Steps = 6, EndConditioningAt = end };
        RgbaImage foreground = Pictures.Disc(64, 64);
        RgbaImage blended = Pictures.OpaqueNoise(64, 64, 1);
        Assert.Equal(
            pipelines.Sdxl.ExtractBackground(foreground, blended, "a", options).Image.ToArray(), fixedBuffers.Sdxl.ExtractBackground(foreground, blended, "a", options).Image.ToArray());
    }

    [Theory]
    [InlineData(MemoryPolicy.KeepAll)]
    [InlineData(MemoryPolicy.Sequential)]
    public void GenerateTransparent_CancelledAndAgain_DrawsTheSame(MemoryPolicy policy)
    {
        using LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl-fp16", FixedBuffers with { MemoryPolicy = policy });
        using LayerDiffusionPipeline ordinary = TinyPipelines.Load("tiny-sdxl-fp16");
        using CancellationTokenSource source = new();
        Watcher watcher = new(report =>
        {
            if (report is { Stage: GenerationStage.Denoising, Step: 1 })
            {
                source.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => pipeline.GenerateTransparent("b", TinyPipelines.Quick, watcher, source.Token));
        for (int time = 0; time < 2; time++)
        {
            Assert.Equal(TinyPipelines.Floats(ordinary.GenerateTransparent("a", TinyPipelines.Quick)), TinyPipelines.Floats(pipeline.GenerateTransparent("a", TinyPipelines.Quick)));
        }
    }

    [Fact]
    public void Load_CudaGraphsOnTheCpu_NamesOptionAndDevice()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => TinyPipelines.Load("tiny-sdxl", GoldenCase.OneThread with { CudaGraphs = true }));
        Assert.Equal("options", exception.ParamName);
        Assert.Contains("PipelineOptions.CudaGraphs is true, which is for cuda; Device is cpu and stands for cpu.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CudaGraphsOnAnAutomaticDevice_TakesCudaOrRefuses()
    {
        Device device = ExecutionProviders.Resolve(Device.Auto);
        Assert.SkipWhen(device.Type == DeviceType.Cuda, "CUDA is here.");
        ArgumentException exception = Assert.Throws<ArgumentException>(() => TinyPipelines.Load("tiny-sdxl", new PipelineOptions { CudaGraphs = true }));
        Assert.Contains($"Device is auto and stands for {device}.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CudaGraphsInAPoolOfSeveral_NamesSizeAndOption()
    {
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(
            () => LayerDiffusionPool.Load(Fixtures.PathOf("packages", "tiny-sdxl"), 2, new PipelineOptions { CudaGraphs = true }));
        Assert.Equal(("size", 2), (exception.ParamName, exception.ActualValue));
        Assert.Contains("PipelineOptions.CudaGraphs", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GenerateTransparent_UnetThatIsRefused_NamesFileAndOption()
    {
        using BrokenPackage package = new("tiny-sdxl");
        string unknownOperator = Encoding.Latin1.GetString(File.ReadAllBytes(package.PathOf("unet/model.onnx"))).Replace("Conv", "Cong", StringComparison.Ordinal);
        package.Write("unet/model.onnx", Encoding.Latin1.GetBytes(unknownOperator));
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, FixedBuffers);
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => pipeline.GenerateTransparent("a", TinyPipelines.Quick));
        Assert.EndsWith("unet/model.onnx", exception.FileName, StringComparison.Ordinal);
        Assert.Contains("PipelineOptions.CudaGraphs", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Cong", exception.Found, StringComparison.Ordinal);
    }

    /// <summary>The fixture packages, run from fixed buffers.</summary>
    public sealed class FixedPipelines : IDisposable
    {
        public LayerDiffusionPipeline Sdxl { get; } = TinyPipelines.Load("tiny-sdxl", FixedBuffers);

        public LayerDiffusionPipeline Sd15 { get; } = TinyPipelines.Load("tiny-sd15", FixedBuffers);

        public void Dispose()
        {
            this.Sdxl.Dispose();
            this.Sd15.Dispose();
        }
    }
}
