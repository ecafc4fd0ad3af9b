using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Which networks are in memory, and that it makes no difference to pictures.</summary>
public sealed class MemoryPolicyTests
{
    private static readonly PipelineOptions Sequential = GoldenCase.OneThread with { MemoryPolicy = MemoryPolicy.Sequential };

    [Fact]
    public void GenerateTransparent_Sequential_HoldsOneStageAtATimeAndGivesTheSamePictures()
    {
        using LayerDiffusionPipeline keeping = TinyPipelines.Load("tiny-sdxl");
        using LayerDiffusionPipeline sequential = TinyPipelines.Load("tiny-sdxl", Sequential);
        Assert.Empty(keeping.LoadedGraphs);
        Dictionary<GenerationStage, string> held = [];
        GenerationOptions options = TinyPipelines.Quick with { PreviewInterval = 1 };

        TransparentResult expected = keeping.GenerateTransparent("a", options);
        TransparentResult actual = sequential.GenerateTransparent("a", TinyPipelines.Quick, new Watcher(report => held[report.Stage] = Names(sequential)));

        Assert.Equal(expected.Image.ToArray(), actual.Image.ToArray());
        Assert.Empty(sequential.LoadedGraphs);
        Assert.Equal(5, keeping.LoadedGraphs.Count);
        Assert.Equal("text_encoder text_encoder_2", held[GenerationStage.EncodingPrompt]);
        Assert.Equal("unet", held[GenerationStage.Denoising]);
        Assert.Equal("vae_decoder", held[GenerationStage.DecodingImage]);
        Assert.Equal("transparency_decoder", held[GenerationStage.DecodingTransparency]);
    }

    [Fact]
    public void GenerateTransparent_SequentialSecondTime_NeedsNoTextEncoder()
    {
        using LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl", Sequential);
        List<string> held = [];
        Watcher watcher = new(report =>
        {
            if (report is { Stage: GenerationStage.EncodingPrompt, Step: 1 })
            {
                held.Add(Names(pipeline));
            }
        });

        TransparentResult first = pipeline.GenerateTransparent("a", TinyPipelines.Quick, watcher);
        TransparentResult second = pipeline.GenerateTransparent("a", TinyPipelines.Quick, watcher);
        pipeline.GenerateTransparent("another", TinyPipelines.Quick, watcher);
        pipeline.GenerateTransparent("a", TinyPipelines.Quick with { ClipSkip = 1 }, watcher);

        const string both = "text_encoder text_encoder_2";
        Assert.Equal([both, string.Empty, both, both], held);
        Assert.Equal(first.Image.ToArray(), second.Image.ToArray());
    }

    [Theory]
    [InlineData(GenerationStage.Denoising)]
    [InlineData(GenerationStage.DecodingTransparency)]
    public void GenerateTransparent_SequentialAndCancelled_HoldsNothing(GenerationStage stage)
    {
        using LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl", Sequential);
        using CancellationTokenSource source = new();
        Watcher watcher = new(report =>
        {
            if (report.Stage == stage && report.Step == 1)
            {
                source.Cancel();
            }
        });

        Assert.ThrowsAny<OperationCanceledException>(
            () => pipeline.GenerateTransparent("a", TinyPipelines.Quick with { AlphaAugmentation = AlphaAugmentation.Full }, watcher, source.Token));

        Assert.Empty(pipeline.LoadedGraphs);
    }

    private static string Names(LayerDiffusionPipeline pipeline) =>
        string.Join(' ', pipeline.LoadedGraphs.Select(name => Path.GetFileName(Path.GetDirectoryName(name))).Order(StringComparer.Ordinal));
}
