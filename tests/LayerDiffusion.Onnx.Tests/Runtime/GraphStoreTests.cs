using System.Globalization;
using LayerDiffusion.Onnx.Runtime;
using Microsoft.Extensions.Logging.Abstractions;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public class GraphStoreTests
{
    private static readonly GraphFile Unet = FileOf("unet");
    private static readonly GraphFile Decoder = FileOf("vae_decoder");

    [Fact]
    public void Get_Twice_IsTheSameSession()
    {
        using GraphStore store = Store(MemoryPolicy.KeepAll);
        Assert.Same(store.Get(Unet, default), store.Get(Unet, default));
        store.EndStage();
        Assert.Equal([Unet.Name], store.Loaded);
    }

    [Fact]
    public void EndStage_Sequential_UnloadsWhatNobodyUses()
    {
        using GraphStore store = Store(MemoryPolicy.Sequential);
        using ManualResetEventSlim loaded = new();
        using ManualResetEventSlim end = new();
        Thread other = new(() =>
        {
            store.Get(Unet, default);
            loaded.Set();
            end.Wait();
            store.EndStage();
        });
        other.Start();
        loaded.Wait();
        store.Get(Unet, default);
        store.Get(Decoder, default);
        store.EndStage();
        Assert.Equal([Unet.Name], store.Loaded);
        end.Set();
        other.Join();
        Assert.Empty(store.Loaded);
    }

    [Fact]
    public void Get_BeyondTheBudget_SaysBothNumbers()
    {
        using GraphStore store = Store(MemoryPolicy.KeepAll, Unet.SizeInBytes + Decoder.SizeInBytes - 1);
        store.Get(Unet, default);
        InsufficientMemoryException exception = Assert.Throws<InsufficientMemoryException>(() => store.Get(Decoder, default));
        Assert.Contains(Decoder.Name, exception.Message, StringComparison.Ordinal);
        Assert.Contains("MemoryBudget", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Decoder.SizeInBytes.ToString(CultureInfo.InvariantCulture), exception.Message, StringComparison.Ordinal);
        Assert.Equal([Unet.Name], store.Loaded);
    }

    [Fact]
    public void Get_BudgetFullOfIdleGraphs_UnloadsThem()
    {
        using GraphStore store = Store(MemoryPolicy.KeepAll, Unet.SizeInBytes + Decoder.SizeInBytes - 1);
        store.Get(Unet, default);
        store.EndStage();
        store.Get(Decoder, default);
        Assert.Equal([Decoder.Name], store.Loaded);
    }

    [Fact]
    public void Get_CancelledWhileLoading_ThrowsAndLoadsLater()
    {
        using GraphStore store = Store(MemoryPolicy.KeepAll);
        using CancellationTokenSource source = new();
        GraphFile cancelling = new(Unet.Name, null, () =>
        {
            source.Cancel();
            return File.ReadAllBytes(Unet.Path!);
        });
        Assert.Equal(source.Token, Assert.Throws<OperationCanceledException>(() => store.Get(cancelling, source.Token)).CancellationToken);
        Assert.Empty(store.Loaded);
        Assert.NotNull(store.Get(Unet, default));
    }

    [Theory]
    [InlineData(0, 8, 0)]
    [InlineData(4, 8, 4)]
    [InlineData(16, 2, 2)]
    public void Choose_CoresAndLimit_TakesTheSmaller(int physical, int usable, int expected) => Assert.Equal(expected, ProcessorCores.Choose(physical, usable));

    [Fact]
    public void PhysicalCores_TwoThreadsACore_CountsCores()
    {
        string folder = Directory.CreateTempSubdirectory("cores").FullName;
        try
        {
            Assert.Equal(0, ProcessorCores.PhysicalCores(folder));
            Assert.Equal(0, ProcessorCores.PhysicalCores(Path.Combine(folder, "absent")));
            Directory.CreateDirectory(Path.Combine(folder, "cpufreq"));
            for (int i = 0; i < 8; i++)
            {
                string topology = Directory.CreateDirectory(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"cpu{i}"), "topology")).FullName;
                File.WriteAllText(Path.Combine(topology, "thread_siblings_list"), string.Create(CultureInfo.InvariantCulture, $"{i % 4},{(i % 4) + 4}\n"));
            }

            Assert.Equal(4, ProcessorCores.PhysicalCores(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static GraphStore Store(MemoryPolicy policy, long budget = long.MaxValue) =>
        new(new SessionSettings(Device.Cpu, 1, AllowSpinning: false), policy, budget, NullLogger.Instance);

    private static GraphFile FileOf(string graph)
    {
        string path = Fixtures.PathOf("packages", "tiny-sdxl", graph, "model.onnx");
        return new GraphFile($"tiny-sdxl/{graph}/model.onnx", path, null) { SizeInBytes = new FileInfo(path).Length };
    }
}
