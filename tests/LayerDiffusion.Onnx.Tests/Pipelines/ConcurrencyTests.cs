namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Many threads on one pipeline take turns.</summary>
public sealed class ConcurrencyTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    [Fact]
    public async Task Generate_EightThreads_EachGetsItsOwnPicture()
    {
        byte[][] expected = [.. Enumerable.Range(0, 4).Select(seed => pipelines.Sdxl.GenerateTransparent($"prompt {seed}", TinyPipelines.Quick with { Seed = seed }).Image.ToArray())];
        int inside = 0;
        Watcher alone = new(report =>
        {
            // The first and the last report of a generation bracket it: nobody else may be between them.
            if (report is { Stage: GenerationStage.EncodingPrompt, Step: 0 })
            {
                Assert.Equal(1, Interlocked.Increment(ref inside));
            }
            else if (report is { Stage: GenerationStage.DecodingTransparency, Step: 1 })
            {
                Assert.Equal(0, Interlocked.Decrement(ref inside));
            }
        });

        (int Seed, byte[] Pixels)[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Factory.StartNew(
            () =>
            {
                int seed = thread % 4;
                GenerationOptions options = TinyPipelines.Quick with { Seed = seed };
                return (seed, (thread < 4
                    ? pipelines.Sdxl.GenerateTransparent($"prompt {seed}", options, alone)
                    : pipelines.Sdxl.GenerateTransparentAsync($"prompt {seed}", options, alone).GetAwaiter().GetResult()).Image.ToArray());
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.All(results, result => Assert.Equal(expected[result.Seed], result.Pixels));
    }
}
