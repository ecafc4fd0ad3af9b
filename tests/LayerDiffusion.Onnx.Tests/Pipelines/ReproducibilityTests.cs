using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>The same request gives the same picture, alone, in a batch and from what the result says of itself.</summary>
public sealed class ReproducibilityTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    [Fact]
    public void GenerateTransparent_SameSeedTwice_IsIdentical()
    {
        TransparentResult first = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick);
        TransparentResult second = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick);

        Assert.Equal(TinyPipelines.Floats(first), TinyPipelines.Floats(second));
        Assert.Equal(first.Image.ToArray(), second.Image.ToArray());
    }

    [Theory]
    [InlineData(8L)]
    [InlineData(-7L)]
    [InlineData(long.MaxValue)]
    public void GenerateTransparent_AnotherSeed_Differs(long seed)
    {
        TransparentResult first = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick);
        TransparentResult other = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Seed = seed });

        Assert.NotEqual(first.Image.ToArray(), other.Image.ToArray());
        Assert.Equal(seed, other.Seed);
    }

    [Fact]
    public async Task GenerateTransparentAsync_SameOptions_IsIdenticalToTheSynchronousTwin()
    {
        TransparentResult result = await pipelines.Sdxl.GenerateTransparentAsync("a", TinyPipelines.Quick);
        ImageResult image = await pipelines.Sdxl.GenerateImageAsync("a", TinyPipelines.Quick);

        Assert.Equal(pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick).Image.ToArray(), result.Image.ToArray());
        Assert.Equal(pipelines.Sdxl.GenerateImage("a", TinyPipelines.Quick).Image.ToArray(), image.Image.ToArray());
    }

    [Theory]
    [InlineData("euler")]
    [InlineData("euler-a")]
    [InlineData("dpm++2m-sde")]
    [InlineData("dpm++sde")]
    [InlineData("unipc")]
    [InlineData("heun")]
    public async Task GenerateManyAsync_BatchOfThree_EqualsTheSingles(string scheduler)
    {
        GenerationOptions options = TinyPipelines.Quick with { Scheduler = SchedulerOptions.Parse(scheduler), Steps = 3 };
        List<TransparentResult> batch = await pipelines.Sdxl.GenerateManyAsync("a", options with { Count = 3, BatchSize = 3 }).ToListAsync();

        Assert.Equal([7, 8, 9], batch.Select(result => result.Seed));
        foreach (TransparentResult result in batch)
        {
            TransparentResult single = pipelines.Sdxl.GenerateTransparent("a", options with { Seed = result.Seed });

            // Another batch size lets the kernels sum in another order; what the golden cases allow for that on argb.
            Close.Assert(TinyPipelines.Floats(single), TinyPipelines.Floats(result), 5e-4, what: $"picture of seed {result.Seed}");
        }
    }

    [Fact]
    public async Task GenerateManyAsync_PartsOfABatch_CountSeedsOn()
    {
        List<TransparentResult> results = await pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick with { Count = 3, BatchSize = 2, Seed = long.MaxValue }).ToListAsync();

        Assert.Equal([long.MaxValue, long.MinValue, long.MinValue + 1], results.Select(result => result.Seed));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("dpm++sde-karras")]
    [InlineData("lms")]
    [InlineData("lcm")]
    public void GenerateTransparent_OptionsOfAResult_GiveItAgain(string? scheduler)
    {
        TransparentResult result = pipelines.Sdxl.GenerateTransparent(
            "a", new GenerationOptions { Width = 64, Height = 64, Scheduler = scheduler is null ? null : SchedulerOptions.Parse(scheduler) });

        TransparentResult again = pipelines.Sdxl.GenerateTransparent(result.Prompt, result.Options);

        Assert.Equal(TinyPipelines.Floats(result), TinyPipelines.Floats(again));
        Assert.Equal(result.Options.Scheduler!.ToConfigJson(), again.Options.Scheduler!.ToConfigJson());
    }

    [Fact]
    public async Task GenerateManyAsync_OptionsOfOneOfSeveral_GiveItAlone()
    {
        List<TransparentResult> results = await pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick with { Count = 2 }).ToListAsync();

        TransparentResult again = pipelines.Sdxl.GenerateTransparent(results[1].Prompt, results[1].Options);

        Assert.Equal(TinyPipelines.Floats(results[1]), TinyPipelines.Floats(again));
    }

    [Fact]
    public async Task GenerateManyAsync_OptionsOfASharedBatch_GiveTheBatchAgain()
    {
        List<TransparentResult> results = await pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick with { Count = 2, BatchSeeding = BatchSeeding.Shared }).ToListAsync();
        List<TransparentResult> again = await pipelines.Sdxl.GenerateManyAsync("a", results[1].Options).ToListAsync();

        Assert.Equal(results.Select(result => result.Image.ToArray()), again.Select(result => result.Image.ToArray()));
        Assert.NotEqual(results[0].Image.ToArray(), results[1].Image.ToArray());
    }

    [Fact]
    public async Task GenerateManyAsync_OneTaken_OthersAreNotBegunAndAnotherCallerGetsItsTurn()
    {
        Watcher watcher = new();
        await using IAsyncEnumerator<TransparentResult> results = pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick with { Count = 3 }, watcher).GetAsyncEnumerator();
        Assert.Empty(watcher.Reports);

        Assert.True(await results.MoveNextAsync());
        Assert.Equal(1, Begun(watcher));
        TransparentResult other = pipelines.Sdxl.GenerateTransparent("b", TinyPipelines.Quick);
        Assert.Equal(1, Begun(watcher));

        Assert.True(await results.MoveNextAsync());
        Assert.Equal(2, Begun(watcher));
        Assert.Equal(8, results.Current.Seed);
        Assert.NotEqual(other.Image.ToArray(), results.Current.Image.ToArray());
    }

    [Fact]
    public async Task GenerateManyAsync_EnumeratedTwice_GivesTheSamePictures()
    {
        IAsyncEnumerable<TransparentResult> pictures = pipelines.Sdxl.GenerateManyAsync("a", TinyPipelines.Quick with { Seed = null });

        Assert.Equal((await pictures.ToListAsync())[0].Image.ToArray(), (await pictures.ToListAsync())[0].Image.ToArray());
    }

    private static int Begun(Watcher watcher) => watcher.Reports.Count(report => report is { Stage: GenerationStage.EncodingPrompt, Step: 0 });
}
