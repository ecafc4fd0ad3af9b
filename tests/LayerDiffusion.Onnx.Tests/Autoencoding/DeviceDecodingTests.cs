using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Tests.Runtime;

namespace LayerDiffusion.Onnx.Tests.Autoencoding;

/// <summary>The way on which pictures stay in the device's memory, gone on the processor, whose memory is the host's: it must come to the same, bit for bit.</summary>
public class DeviceDecodingTests
{
    private static readonly PipelineOptions Staying = Small.OneThread with { StayOnDevice = true };

    [Theory]
    [InlineData(AlphaAugmentation.Full, 64, 64)]
    [InlineData(AlphaAugmentation.Full, 128, 64)]
    [InlineData(AlphaAugmentation.Rotations, 64, 128)]
    [InlineData(AlphaAugmentation.Fast, 64, 64)]
    public void GenerateTransparent_StayingOnTheDevice_DrawsTheSame(AlphaAugmentation augmentation, int width, int height)
    {
        GenerationOptions options = Small.Options(3) with { AlphaAugmentation = augmentation, Width = width, Height = height };
        using LayerDiffusionPipeline ordinary = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread);
        using LayerDiffusionPipeline staying = LayerDiffusionPipeline.Load(Small.Package, Staying);
        float[] expected = ordinary.GenerateTransparent("a fox", options).FloatImage.Span.ToArray();
        Assert.Equal(expected, staying.GenerateTransparent("a fox", options).FloatImage.Span.ToArray());
        Assert.Contains(staying.LoadedGraphs, name => name.StartsWith($"views-{augmentation}", StringComparison.Ordinal));
        Assert.DoesNotContain(ordinary.LoadedGraphs, name => name.StartsWith("views", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GenerateMany_StayingOnTheDevice_DrawsTheSameAndReportsEachView()
    {
        GenerationOptions options = Small.Options(3) with { AlphaAugmentation = AlphaAugmentation.Full, Count = 2, BatchSize = 2 };
        using LayerDiffusionPipeline ordinary = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread);
        using LayerDiffusionPipeline staying = LayerDiffusionPipeline.Load(Small.Package, Staying);
        (List<byte[]> expected, List<(GenerationStage, int, int)> expectedReports) = await Generate(ordinary);
        (List<byte[]> actual, List<(GenerationStage, int, int)> reports) = await Generate(staying);
        Assert.Equal(2, expected.Count);
        Assert.Equal(expected, actual);
        Assert.Equal(expectedReports, reports);

        async Task<(List<byte[]> Pictures, List<(GenerationStage, int, int)> Reports)> Generate(LayerDiffusionPipeline pipeline)
        {
            List<byte[]> pictures = [];
            Recorder recorder = new();
            await foreach (TransparentResult result in pipeline.GenerateManyAsync("a fox", options, recorder))
            {
                pictures.Add(result.Image.ToArray());
            }

            return (pictures, recorder.Reports);
        }
    }

    [Fact]
    public void DecodeTransparent_StayingOnTheDevice_GivesTheSame()
    {
        using LayerDiffusionPipeline ordinary = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread);
        using LayerDiffusionPipeline staying = LayerDiffusionPipeline.Load(Small.Package, Staying);
        TransparentLatent latent = ordinary.EncodeTransparent(ordinary.GenerateTransparent("a fox", Small.Options(1)).Image);
        Assert.Equal(ordinary.DecodeTransparent(latent).Span.ToArray(), staying.DecodeTransparent(latent).Span.ToArray());
    }

    [Fact]
    public void GenerateTransparent_NetworksThatMayBeUnloaded_DoesNotStay()
    {
        using LayerDiffusionPipeline sequential = LayerDiffusionPipeline.Load(Small.Package, Staying with { MemoryPolicy = MemoryPolicy.Sequential });
        using LayerDiffusionPipeline limited = LayerDiffusionPipeline.Load(Small.Package, Staying with { MemoryBudget = 1L << 40 });
        Assert.Equal(
            sequential.GenerateTransparent("a fox", Small.Options(1)).Image.ToArray(), limited.GenerateTransparent("a fox", Small.Options(1)).Image.ToArray());
        Assert.Empty(sequential.LoadedGraphs);
        Assert.DoesNotContain(limited.LoadedGraphs, name => name.StartsWith("views", StringComparison.Ordinal));
    }

    [Fact]
    public void GenerateTransparent_CancelledBetweenViews_EndsAndTheNextWorks()
    {
        using LayerDiffusionPipeline staying = LayerDiffusionPipeline.Load(Small.Package, Staying);
        GenerationOptions options = Small.Options(1) with { AlphaAugmentation = AlphaAugmentation.Full };
        using CancellationTokenSource source = new();
        Recorder recorder = new() { Do = report => Cancel(report, source) };
        Assert.Throws<OperationCanceledException>(() => staying.GenerateTransparent("a fox", options, recorder, source.Token));
        Assert.Equal((GenerationStage.DecodingTransparency, 3, 8), recorder.Reports[^1]);
        Assert.Equal(64, staying.GenerateTransparent("a fox", options).Image.Width);

        static void Cancel(GenerationProgress report, CancellationTokenSource source)
        {
            if (report is { Stage: GenerationStage.DecodingTransparency, Step: 3 })
            {
                source.Cancel();
            }
        }
    }

    private sealed class Recorder : IProgress<GenerationProgress>
    {
        public List<(GenerationStage Stage, int Step, int TotalSteps)> Reports { get; } = [];

        public Action<GenerationProgress>? Do { get; init; }

        public void Report(GenerationProgress value)
        {
            this.Reports.Add((value.Stage, value.Step, value.TotalSteps));
            this.Do?.Invoke(value);
        }
    }
}
