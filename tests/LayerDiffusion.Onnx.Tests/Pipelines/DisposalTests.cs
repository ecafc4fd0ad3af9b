using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Disposing waits for the generation under way, turns away everybody else, and may be repeated.</summary>
public sealed class DisposalTests
{
    [Fact]
    public async Task Dispose_Twice_IsOnce()
    {
        LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl");
        pipeline.GenerateTransparent("a", TinyPipelines.Quick);

        pipeline.Dispose();
        pipeline.Dispose();
        await pipeline.DisposeAsync();
        Assert.Empty(pipeline.LoadedGraphs);
    }

    [Fact]
    public async Task DisposeAsync_Twice_IsOnce()
    {
        LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl");

        await pipeline.DisposeAsync();
        await pipeline.DisposeAsync();
        pipeline.Dispose();
        Assert.Empty(pipeline.LoadedGraphs);
    }

    [Fact]
    public async Task Generate_AfterDispose_Throws()
    {
        LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl");
        IAsyncEnumerable<TransparentResult> before = pipeline.GenerateManyAsync("a", TinyPipelines.Quick);
        pipeline.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pipeline.GenerateTransparent("a"));
        Assert.Throws<ObjectDisposedException>(() => pipeline.GenerateImage("a"));
        Assert.Throws<ObjectDisposedException>(() => pipeline.GenerateManyAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.GenerateTransparentAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pipeline.GenerateImageAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await before.ToListAsync());

        // What is only read stays.
        Assert.Equal("tiny-sdxl", pipeline.Info.Name);
        Assert.Equal(Device.Cpu, pipeline.Device);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_DuringAGeneration_WaitsForItAndTurnsTheQueueAway(bool isAsync)
    {
        LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl");
        using PausedGeneration paused = new(pipeline);
        Task<TransparentResult>[] queued = [pipeline.GenerateTransparentAsync("b", TinyPipelines.Quick), pipeline.GenerateTransparentAsync("c", TinyPipelines.Quick)];

        Task disposing = isAsync ? pipeline.DisposeAsync().AsTask() : Task.Run(pipeline.Dispose);
        while (!IsDisposed(pipeline))
        {
            await Task.Yield();
        }

        Assert.False(disposing.IsCompleted);
        Assert.False(paused.Result.IsCompleted);
        paused.GoOn();

        Assert.Equal(64, (await paused.Result).Image.Width);
        await disposing;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queued[0]);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queued[1]);
        Assert.Empty(pipeline.LoadedGraphs);
    }

    [Fact]
    public async Task GenerateManyAsync_DisposedBetweenPictures_KeepsThoseDone()
    {
        LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-sdxl");
        await using IAsyncEnumerator<TransparentResult> results = pipeline.GenerateManyAsync("a", TinyPipelines.Quick with { Count = 2 }).GetAsyncEnumerator();
        Assert.True(await results.MoveNextAsync());
        TransparentResult done = results.Current;

        pipeline.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await results.MoveNextAsync());

        // Results hold managed memory only.
        Assert.Equal(64, done.Padded.Width);
        Assert.Equal(64, done.Premultiplied.Width);
    }

    private static bool IsDisposed(LayerDiffusionPipeline pipeline)
    {
        try
        {
            pipeline.GenerateManyAsync("a");
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
