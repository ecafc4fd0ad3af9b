using LayerDiffusion.Onnx.Autoencoding;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Cancelling gives the caller's token back, leaves no file and a pipeline that works on.</summary>
public sealed class CancellationTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    [Fact]
    public async Task Generate_CancelledBefore_DoesNothing()
    {
        CancellationToken cancelled = new(canceled: true);
        Watcher watcher = new();

        OperationCanceledException[] exceptions =
        [
            Assert.ThrowsAny<OperationCanceledException>(() => pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick, watcher, cancelled)),
            Assert.ThrowsAny<OperationCanceledException>(() => pipelines.Sdxl.GenerateImage("a", TinyPipelines.Quick, watcher, cancelled)),
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipelines.Sdxl.GenerateTransparentAsync("a", TinyPipelines.Quick, watcher, cancelled)),
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick, watcher, cancelled).ToListAsync()),
        ];

        Assert.All(exceptions, exception => Assert.Equal(cancelled, exception.CancellationToken));
        Assert.Empty(watcher.Reports);
    }

    [Fact]
    public async Task LoadAsync_CancelledBefore_Throws() => await Assert.ThrowsAnyAsync<OperationCanceledException>(
        () => LayerDiffusionPipeline.LoadAsync(Fixtures.PathOf("packages", "tiny-sdxl"), GoldenCase.OneThread, new CancellationToken(canceled: true)));

    [Theory]
    [InlineData(GenerationStage.EncodingPrompt, 0, false)]
    [InlineData(GenerationStage.EncodingPrompt, 1, true)]
    [InlineData(GenerationStage.Denoising, 0, true)]
    [InlineData(GenerationStage.Denoising, 1, false)]
    [InlineData(GenerationStage.Denoising, 2, true)]
    [InlineData(GenerationStage.DecodingImage, 0, false)]
    [InlineData(GenerationStage.DecodingImage, 1, true)]
    [InlineData(GenerationStage.DecodingTransparency, 0, true)]
    [InlineData(GenerationStage.DecodingTransparency, 1, false)]
    public async Task GenerateTransparent_CancelledInAStage_StopsThereAndThePipelineWorksOn(GenerationStage stage, int step, bool isAsync)
    {
        byte[] expected = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick).Image.ToArray();
        string name = $"cancelled-{stage}-{step}";
        GenerationOptions options = TinyPipelines.Quick with
        {
            TraceFile = Path.Combine(pipelines.Folder, name),
            AlphaAugmentation = AlphaAugmentation.Rotations,
        };
        using CancellationTokenSource source = new();
        Watcher watcher = new(report =>
        {
            if (report.Stage == stage && report.Step == step)
            {
                source.Cancel();
            }
        });

        OperationCanceledException exception = isAsync
            ? await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipelines.Sdxl.GenerateTransparentAsync("a", options, watcher, source.Token))
            : Assert.ThrowsAny<OperationCanceledException>(() => pipelines.Sdxl.GenerateTransparent("a", options, watcher, source.Token));

        Assert.Equal(source.Token, exception.CancellationToken);
        Assert.Equal((stage, step), (watcher.Reports[^1].Stage, watcher.Reports[^1].Step));
        Assert.Empty(Directory.GetFiles(pipelines.Folder, name + "*"));
        Assert.Equal(expected, pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick).Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_CancelledInTheFirstStageOfAFreshPipeline_LoadsNothingMore()
    {
        using LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl");
        using CancellationTokenSource source = new();

        Assert.ThrowsAny<OperationCanceledException>(() => pipeline.GenerateTransparent("a", TinyPipelines.Quick, new Watcher(_ => source.Cancel()), source.Token));

        Assert.Empty(pipeline.LoadedGraphs);
        Assert.Equal(64, pipeline.GenerateTransparent("a", TinyPipelines.Quick).Image.Width);
    }

    [Fact]
    public async Task GenerateTransparent_CancelledFromAnotherThreadWithinARun_Stops()
    {
        using CancellationTokenSource source = new();
        Task<TransparentResult> running = pipelines.Sdxl.GenerateTransparentAsync(
            "a",
            TinyPipelines.Quick with { Width = 512, Height = 512, Steps = 1000 },
            new Watcher(report =>
            {
                if (report is { Stage: GenerationStage.Denoising, Step: 1 })
                {
                    _ = Task.Run(source.Cancel);
                }
            }),
            source.Token);

        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.Equal(source.Token, exception.CancellationToken);
        Assert.True(running.IsCanceled);
    }

    [Fact]
    public async Task Generate_CancelledWhileWaitingForItsTurn_DoesNotWaitOn()
    {
        using CancellationTokenSource source = new();
        using PausedGeneration paused = new(pipelines.Sdxl);
        Watcher watcher = new();
        Task<TransparentResult> asynchronous = pipelines.Sdxl.GenerateTransparentAsync("b", TinyPipelines.Quick, watcher, source.Token);
        Task<TransparentResult> synchronous = Task.Run(() => pipelines.Sdxl.GenerateTransparent("b", TinyPipelines.Quick, watcher, source.Token));
        Assert.False(asynchronous.IsCompleted);

        await source.CancelAsync();

        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asynchronous)).CancellationToken);
        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => synchronous)).CancellationToken);
        Assert.Empty(watcher.Reports);
        Assert.False(paused.Result.IsCompleted);
        paused.GoOn();
        Assert.Equal(64, (await paused.Result).Image.Width);
    }

    [Fact]
    public async Task GenerateManyAsync_CancelledBetweenPictures_KeepsThoseDone()
    {
        using CancellationTokenSource source = new();
        List<long> seeds = [];
        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (TransparentResult result in pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick with { Count = 3 }).WithCancellation(source.Token))
            {
                seeds.Add(result.Seed);
                await source.CancelAsync();
            }
        });

        Assert.Equal([7], seeds);
        Assert.Equal(source.Token, exception.CancellationToken);
    }
}
