using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>A pipeline called by its own progress callback refuses instead of waiting for itself; everybody else waits for a turn.</summary>
public sealed class ReentranceTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Calls => [.. CallsByName.Keys];

    private static Dictionary<string, Action<LayerDiffusionPipeline>> CallsByName { get; } = new()
    {
        ["waiting"] = pipeline => pipeline.GenerateTransparent("b", TinyPipelines.Quick),
        ["awaiting"] = pipeline => pipeline.GenerateTransparentAsync("b", TinyPipelines.Quick).GetAwaiter().GetResult(),
        ["several"] = pipeline => pipeline.GenerateManyAsync("b", TinyPipelines.Quick).ToListAsync().AsTask().GetAwaiter().GetResult(),
        ["layers"] = pipeline => pipeline.GenerateLayers(new LayerPrompts { Global = "b" }, TinyPipelines.Quick),
        ["codec"] = pipeline => pipeline.EncodeTransparent(Pictures.Disc(64, 64)),
        ["disposing"] = pipeline => pipeline.Dispose(),
        ["disposing asynchronously"] = pipeline => pipeline.DisposeAsync().AsTask().GetAwaiter().GetResult(),
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public void Call_FromTheOwnCallback_IsRefusedAndThePipelineWorksOn(string name)
    {
        InvalidOperationException? refused = null;
        Watcher watcher = new(report => refused ??= Assert.Throws<InvalidOperationException>(() => CallsByName[name](pipelines.Sdxl)));

        TransparentResult result = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick, watcher);

        Assert.Contains("progress callback of its own", refused!.Message, StringComparison.Ordinal);
        Assert.Contains("Progress<T>", refused.Message, StringComparison.Ordinal);
        Assert.Equal(pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick).Image.ToArray(), result.Image.ToArray());
    }

    [Fact]
    public async Task Call_FromTheOwnCallbackOfAnAsyncCall_FailsThatCallWhereItIsNotCaught()
    {
        Watcher watcher = new(_ => pipelines.Sdxl.GenerateTransparent("b", TinyPipelines.Quick));

        await Assert.ThrowsAsync<InvalidOperationException>(() => pipelines.Sdxl.GenerateTransparentAsync("a", TinyPipelines.Quick, watcher));

        Assert.Equal(64, pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick).Image.Width);
    }

    [Fact]
    public void Call_FromTheOwnCallbackOfAPoolWithAFreePlace_IsRefusedToo()
    {
        // Otherwise it would depend on the others whether it hangs.
        using LayerDiffusionPool pool = LayerDiffusionPool.Load(Fixtures.PathOf("packages", "tiny-sdxl"), 2, GoldenCase.OneThread);
        Watcher watcher = new(_ => pool.Pipeline.GenerateTransparent("b", TinyPipelines.Quick));

        Assert.Throws<InvalidOperationException>(() => pool.Pipeline.GenerateTransparent("a", TinyPipelines.Quick, watcher));
    }

    [Fact]
    public void Call_OfAnotherPipelineFromTheCallback_Works()
    {
        TransparentResult? inner = null;
        Watcher watcher = new(_ => inner ??= pipelines.Sd15.GenerateTransparent("b", TinyPipelines.Quick));

        pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick, watcher);

        Assert.Equal("tiny-sd15", inner!.Model);
    }

    [Fact]
    public void Call_OfTheOuterPipelineFromTheCallbackOfAnInner_IsRefused()
    {
        Watcher back = new(_ => pipelines.Sdxl.GenerateTransparent("c", TinyPipelines.Quick));
        Watcher watcher = new(_ => pipelines.Sd15.GenerateTransparent("b", TinyPipelines.Quick, back));

        Assert.Throws<InvalidOperationException>(() => pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick, watcher));
    }

    [Fact]
    public async Task Call_FromProgressOfT_WaitsForItsTurn()
    {
        TaskCompletionSource<TransparentResult> second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int begun = 0;
        Progress<GenerationProgress> progress = new(report =>
        {
            if (Interlocked.Increment(ref begun) == 1)
            {
                try
                {
                    second.SetResult(pipelines.Sdxl.GenerateTransparent("b", TinyPipelines.Quick));
                }
                catch (Exception exception)
                {
                    second.SetException(exception);
                }
            }
        });

        TransparentResult first = await pipelines.Sdxl.GenerateTransparentAsync("a", TinyPipelines.Quick, progress);

        Assert.Equal("a", first.Prompt);
        Assert.Equal("b", (await second.Task.WaitAsync(Patience)).Prompt);
    }

    [Fact]
    public async Task Call_FromATaskThatTheCallbackStarts_WaitsForItsTurn()
    {
        Task<TransparentResult>? second = null;
        Watcher watcher = new(_ => second ??= Task.Run(() => pipelines.Sdxl.GenerateTransparent("b", TinyPipelines.Quick)));

        pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick, watcher);

        Assert.Equal("b", (await second!.WaitAsync(Patience)).Prompt);
    }
}
