using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public sealed class LayerDiffusionPoolTests
{
    [Theory]
    [InlineData(MemoryPolicy.KeepAll)]
    [InlineData(MemoryPolicy.Sequential)]
    public async Task Generate_SeveralAtOnce_GivesWhatOnePipelineGives(MemoryPolicy policy)
    {
        List<byte[]> expected = [];
        using (LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread))
        {
            for (int seed = 0; seed < 6; seed++)
            {
                expected.Add((await pipeline.GenerateTransparentAsync("a fox", Small.Options(seed))).Image.ToArray());
            }
        }

        using LayerDiffusionPool pool = LayerDiffusionPool.Load(Small.Package, 3, Small.OneThread with { MemoryPolicy = policy });
        TransparentResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => pool.Pipeline.GenerateTransparentAsync("a fox", Small.Options(seed))));
        Assert.Equal(expected, results.Select(result => result.Image.ToArray()));
        Assert.Equal(policy == MemoryPolicy.Sequential, pool.Pipeline.LoadedGraphs.Count == 0);
        Assert.Equal(3, pool.Size);
    }

    [Fact]
    public async Task Generate_SizeTwo_RunsTwoAtOnceOverTheSameSessions()
    {
        using LayerDiffusionPool pool = LayerDiffusionPool.Load(Small.Package, 2, Small.OneThread);
        using Barrier bothInside = new(2);

        // Each waits in its first step for the other one: were there only one place, neither would come on.
        Task[] both = [Start(1), Start(2)];
        await Task.WhenAll(both);
        Assert.Equal(5, pool.Pipeline.LoadedGraphs.Count);

        Task Start(long seed)
        {
            bool hasMet = false;
            return pool.Pipeline.GenerateTransparentAsync("a fox", Small.Options(seed), new Handler(report =>
            {
                if (report.Stage == GenerationStage.Denoising && !hasMet)
                {
                    hasMet = true;
                    Assert.True(bothInside.SignalAndWait(TimeSpan.FromMinutes(2)));
                }
            }));
        }
    }

    [Fact]
    public async Task Dispose_InMidRun_WaitsAndTurnsLaterCallersAway()
    {
        LayerDiffusionPool pool = LayerDiffusionPool.Load(Small.Package, 2, Small.OneThread);
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim goOn = new();
        Task<TransparentResult> running = pool.Pipeline.GenerateTransparentAsync("a fox", Small.Options(1), new Handler(_ =>
        {
            inside.Set();
            goOn.Wait();
        }));
        inside.Wait();
        Task disposing = pool.DisposeAsync().AsTask();
        Assert.Throws<ObjectDisposedException>(() => pool.Pipeline.GenerateTransparent("a fox"));
        Assert.False(disposing.IsCompleted);
        goOn.Set();
        Assert.Equal(64, (await running).Image.Width);
        await disposing;
        pool.Dispose();
        Assert.Empty(pool.Pipeline.LoadedGraphs);
    }

    [Fact]
    public async Task Dispose_CallersWaiting_TurnsThemAway()
    {
        LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread);
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim goOn = new();
        Task<TransparentResult> running = pipeline.GenerateTransparentAsync("a fox", Small.Options(1), new Handler(_ =>
        {
            inside.Set();
            goOn.Wait();
        }));
        inside.Wait();
        Task<TransparentResult> waiting = pipeline.GenerateTransparentAsync("a fox", Small.Options(2));
        Task disposing = pipeline.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        goOn.Set();
        await running;
        await disposing;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1025)]
    public void Load_SizeOutsideItsRange_NamesIt(int size) =>
        Assert.Equal("size", Assert.Throws<ArgumentOutOfRangeException>(() => LayerDiffusionPool.Load(Small.Package, size)).ParamName);

    [Fact]
    public void Generate_BeyondTheBudget_RefusesAndTheNextCallWorks()
    {
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread with { MemoryBudget = 400_000 });
        InsufficientMemoryException exception = Assert.Throws<InsufficientMemoryException>(() => pipeline.GenerateTransparent("a fox", Small.Options(1)));
        Assert.Contains("400000", exception.Message, StringComparison.Ordinal);
        Assert.Throws<InsufficientMemoryException>(() => pipeline.GenerateTransparent("a fox", Small.Options(1)));
    }

    /// <summary>Reports on the generating thread.</summary>
    private sealed class Handler(Action<GenerationProgress> handle) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => handle(value);
    }
}
