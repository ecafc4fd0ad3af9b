using System.Diagnostics;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>Many generations one after the other and at once. Nothing else runs meanwhile, as the memory of the process is measured.</summary>
[Collection(nameof(Undisturbed))]
public sealed class LoadTests
{
    private const int Rounds = 4;

    [Theory]
    [InlineData(MemoryPolicy.KeepAll, 200)]
    [InlineData(MemoryPolicy.Sequential, 6)]
    public async Task Generate_ManyTimes_NativeMemoryStaysFlat(MemoryPolicy policy, int generations)
    {
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread with { MemoryPolicy = policy });
        await Generate(generations / 3);

        // One leaked tensor of 64×64×4 floats a generation would be 13 MB in 200, leaked sessions of one generation 36 MB in 6.
        await AssertMemoryStaysFlat(8L << 20, () => Generate(generations));

        Task Generate(int count)
        {
            for (int i = 0; i < count; i++)
            {
                pipeline.GenerateTransparent("a fox", Small.Options(i, steps: 1));
            }

            return Task.CompletedTask;
        }
    }

    [Fact]
    public Task Soak_MixedGenerations_AllRight() => Soak(60);

    [Fact(Explicit = true)]
    public Task Soak_FiveHundredMixedGenerations_AllRightAndMemoryFlat() => Soak(500);

    // Right ones, cancelled ones and bad input mixed, from more callers than places.
    private static async Task Soak(int count)
    {
        using LayerDiffusionPool pool = LayerDiffusionPool.Load(Small.Package, 3, Small.OneThread);
        byte[][] expected = new byte[5][];
        for (int seed = 0; seed < expected.Length; seed++)
        {
            expected[seed] = pool.Pipeline.GenerateTransparent("a fox", Small.Options(seed)).Image.ToArray();
        }

        await Round(count / 3, 1);
        await AssertMemoryStaysFlat(32L << 20, () => Round(count, 2));

        async Task Round(int calls, int randomSeed)
        {
            Random random = new(randomSeed);
            await Task.WhenAll(Enumerable.Range(0, calls).Select(_ => Call(random.Next(100), random.Next(expected.Length), random.Next(60))));
        }

        async Task Call(int kind, int seed, int delay)
        {
            switch (kind)
            {
                case < 60:
                    Assert.Equal(expected[seed], (await pool.Pipeline.GenerateTransparentAsync("a fox", Small.Options(seed))).Image.ToArray());
                    break;
                case < 80:
                    using (CancellationTokenSource source = new(TimeSpan.FromMilliseconds(delay)))
                    {
                        // Late cancellations meet a generation that is over.
                        try
                        {
                            Assert.Equal(expected[seed], (await pool.Pipeline.GenerateTransparentAsync("a fox", Small.Options(seed), cancellationToken: source.Token)).Image.ToArray());
                        }
                        catch (OperationCanceledException exception)
                        {
                            Assert.Equal(source.Token, exception.CancellationToken);
                        }
                    }

                    break;
                case < 90:
                    await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pool.Pipeline.GenerateTransparentAsync("a fox", Small.Options(seed) with { Steps = 0 }));
                    break;
                default:
                    // Found only in the middle of the generation.
                    await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pool.Pipeline.GenerateTransparentAsync("a fox", Small.Options(seed) with { ClipSkip = 3 }));
                    break;
            }
        }
    }

    // A leak grows in every round. What an allocator keeps for later grows in one round or another, and by more than a leak would in that round.
    private static async Task AssertMemoryStaysFlat(long limit, Func<Task> round)
    {
        List<long> grown = [];
        do
        {
            long before = NativeBytes();
            await round();
            grown.Add(NativeBytes() - before);
        }
        while (grown[^1] > limit && grown.Count < Rounds);
        Assert.True(grown[^1] <= limit, $"Memory grew in each of {Rounds} rounds, by {string.Join(", ", grown)} bytes; at most {limit} in one of them is no leak.");
    }

    private static long NativeBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64 - GC.GetGCMemoryInfo().TotalCommittedBytes;
    }
}
