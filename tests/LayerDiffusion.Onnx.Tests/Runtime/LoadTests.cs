using System.Diagnostics;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>Many generations one after the other and at once. Nothing else runs meanwhile, as the memory of the process is measured.</summary>
[Collection(nameof(Undisturbed))]
public sealed class LoadTests
{
    [Theory]
    [InlineData(MemoryPolicy.KeepAll, 200)]
    [InlineData(MemoryPolicy.Sequential, 6)]
    public void Generate_ManyTimes_NativeMemoryStaysFlat(MemoryPolicy policy, int generations)
    {
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread with { MemoryPolicy = policy });
        Generate(generations / 3);
        long before = NativeBytes();
        Generate(generations);

        // One leaked tensor of 64×64×4 floats a generation would be 13 MB; the allocator itself wavers by a few.
        Assert.InRange(NativeBytes() - before, long.MinValue, 8L << 20);

        void Generate(int count)
        {
            for (int i = 0; i < count; i++)
            {
                pipeline.GenerateTransparent("a fox", Small.Options(i, steps: 1));
            }
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
        long before = NativeBytes();
        await Round(count, 2);
        Assert.InRange(NativeBytes() - before, long.MinValue, 32L << 20);

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

    private static long NativeBytes()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64 - GC.GetGCMemoryInfo().TotalCommittedBytes;
    }
}
