using System.Globalization;
using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Tests.Packages;
using Microsoft.Extensions.Logging.Abstractions;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>Two graphs of four products each, whose matrices of 16 MiB lie in a file; the memory of the whole process is looked at, so nothing else may run meanwhile.</summary>
[Collection(nameof(Undisturbed))]
public sealed class SharedWeightsTests : IDisposable
{
    private const int Side = 2048;
    private const int Products = 4;
    private const long MatrixBytes = Side * Side * sizeof(float);

    // Alone a graph packs all its matrices a second time; when they are shared it keeps none, but for the room in which it packed one before it found the equal one.
    private const long LeastAlone = 5 * MatrixBytes / 2;
    private const long MostShared = 3 * MatrixBytes / 2;

    private readonly string folder = Directory.CreateTempSubdirectory("shared").FullName;
    private readonly SharedWeights shared = new();

    public SharedWeightsTests()
    {
        using FileStream data = File.Create(Path.Combine(this.folder, "weights.bin"));
        float[] matrix = new float[Side * Side];
        uint state = 1;
        for (int product = 0; product <= Products; product++)
        {
            for (int i = 0; i < matrix.Length; i++)
            {
                state = (state * 1664525) + 1013904223;
                matrix[i] = (((state >> 8) * (1f / (1 << 24))) - 0.5f) * 0.1f;
            }

            data.Write(MemoryMarshal.AsBytes(matrix.AsSpan()));
        }
    }

    private SessionSettings Settings => new(Device.Cpu, 1, AllowSpinning: false) { SharedWeights = this.shared };

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_GraphWithEqualWeights_PacksNoneOfItsOwn(bool keepOptimized)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint libc) && NativeLibrary.TryGetExport(libc, "malloc_trim", out _),
            "Only Linux tells a process's own memory from that of files, and only glibc gives back what is free.");
        SessionSettings settings = this.Settings with { OptimizedModelCache = keepOptimized ? Path.Combine(this.folder, "cache") : null };
        (GraphFile first, GraphFile second) = (this.Write("first", 0, 1, 2, 3), this.Write("second", 0, 1, 2, 3));
        // Memory that is free and not given back hides what alone costs, and allocators that take more than they need add to what sharing costs: the clearest of a few tries counts.
        (long unshared, long sharing) = (long.MinValue, long.MaxValue);
        for (int tries = 0; tries < 4 && (unshared < LeastAlone || sharing > MostShared); tries++)
        {
            unshared = Math.Max(unshared, Cost(settings, first with { SharesWeights = false }, second with { SharesWeights = false }));
            sharing = Math.Min(sharing, Cost(settings, first, second));
        }

        Assert.InRange(unshared, LeastAlone, long.MaxValue);
        Assert.InRange(sharing, long.MinValue, MostShared);
        Assert.False(this.shared.IsUsed);
    }

    [Fact]
    public void Run_GraphsThatShare_GiveWhatEachGivesAlone()
    {
        GraphFile[] files = [this.Write("first", 0, 1, 2, 3), this.Write("second", 0, 1, 2, 3), this.Write("third", 0, 4, 2, 1)];
        List<float[]> alone = [.. files.Select(file => Run(this.Settings with { SharedWeights = null }, file))];
        List<GraphSession> graphs = [.. files.Select(file => GraphSession.Load(file, this.Settings, default))];
        Assert.Equal(alone, graphs.Select(Run));

        // What is left keeps what it shared with those that are gone.
        graphs[0].Dispose();
        Assert.Equal(alone.Skip(1), graphs.Skip(1).Select(Run));
        graphs[1].Dispose();
        Assert.Equal(alone[2], Run(graphs[2]));
        Assert.True(this.shared.IsUsed);
        graphs[2].Dispose();
        Assert.False(this.shared.IsUsed);
        Assert.NotEqual(alone[0], alone[2]);
    }

    [Fact]
    public void EndStage_Sequential_LetsGoOfWhatWasShared()
    {
        using GraphStore store = new(this.Settings, MemoryPolicy.Sequential, long.MaxValue, NullLogger.Instance);
        store.Get(this.Write("first", 0, 1, 2, 3), default);
        store.Get(this.Write("second", 0, 1, 2, 3), default);
        Assert.True(this.shared.IsUsed);
        store.EndStage();
        Assert.Empty(store.Loaded);
        Assert.False(this.shared.IsUsed);
    }

    [Fact]
    public void Load_FileTooShortForItsWeights_NamesTensorAndFile()
    {
        using (FileStream data = File.OpenWrite(Path.Combine(this.folder, "weights.bin")))
        {
            data.SetLength(MatrixBytes + 5);
        }

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => GraphSession.Load(this.Write("first", 0, 1, 2, 3), this.Settings, default));
        Assert.Contains("matrix1", exception.Message, StringComparison.Ordinal);
        Assert.Contains("weights.bin", exception.Message, StringComparison.Ordinal);
        Assert.False(this.shared.IsUsed);
        File.Delete(Path.Combine(this.folder, "weights.bin"));
        Assert.Contains("weights.bin", Assert.Throws<InvalidDataException>(() => GraphSession.Load(this.Write("first", 0, 1, 2, 3), this.Settings, default)).Message, StringComparison.Ordinal);
        Assert.False(this.shared.IsUsed);
    }

    private static long Cost(SessionSettings settings, GraphFile first, GraphFile second)
    {
        // The first load also makes the optimized graphs.
        GraphSession.Load(first, settings, default).Dispose();
        GraphSession.Load(second, settings, default).Dispose();
        using GraphSession one = GraphSession.Load(first, settings, default);
        float[] expected = Run(one);
        long before = OwnMemory();
        using GraphSession other = GraphSession.Load(second, settings, default);
        Assert.Equal(expected, Run(other));
        return OwnMemory() - before;
    }

    private static long OwnMemory()
    {
        // What was freed before belongs to the process until glibc gives it back.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _ = TrimHeap(0);
        string line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TrimHeap(nuint keep);

    private static float[] Run(SessionSettings settings, GraphFile file)
    {
        using GraphSession graph = GraphSession.Load(file, settings, default);
        return Run(graph);
    }

    private static float[] Run(GraphSession graph)
    {
        using GraphBinding binding = graph.CreateBinding();
        GraphTensor input = binding.BindInput("x", 2, Side);
        input.Write([.. Enumerable.Range(0, 2 * Side).Select(i => (i % 17) - 8f)]);
        GraphTensor output = binding.BindOutput("y", 2, Side);
        binding.Run(default);
        float[] values = new float[output.Length];
        output.Read(values);
        return values;
    }

    // The graph multiplies by the given matrices of the file, one after the other.
    private GraphFile Write(string name, params int[] matrices)
    {
        List<byte> graph = [];
        for (int i = 0; i < matrices.Length; i++)
        {
            graph.AddRange(OnnxEditor.Message(
                1, [.. OnnxEditor.Text(1, i == 0 ? "x" : $"x{i}"), .. OnnxEditor.Text(1, $"matrix{i}"), .. OnnxEditor.Text(2, i == matrices.Length - 1 ? "y" : $"x{i + 1}"), .. OnnxEditor.Text(4, "MatMul")]));
            graph.AddRange(OnnxEditor.Message(
                5,
                [
                    .. OnnxEditor.Number(1, Side), .. OnnxEditor.Number(1, Side), .. OnnxEditor.Number(2, 1), .. OnnxEditor.Text(8, $"matrix{i}"), .. Fact("location", "weights.bin"),
                    .. Fact("offset", (matrices[i] * MatrixBytes).ToString(CultureInfo.InvariantCulture)), .. Fact("length", MatrixBytes.ToString(CultureInfo.InvariantCulture)), .. OnnxEditor.Number(14, 1),
                ]));
        }

        graph.AddRange(OnnxEditor.Text(2, "g"));
        graph.AddRange(OnnxEditor.Message(11, OnnxEditor.Value("x", 1, 2, Side)));
        graph.AddRange(OnnxEditor.Message(12, OnnxEditor.Value("y", 1, 2, Side)));
        string path = Path.Combine(this.folder, name + ".onnx");
        File.WriteAllBytes(path, [.. OnnxEditor.Number(1, 8), .. OnnxEditor.Message(8, OnnxEditor.Number(2, 17)), .. OnnxEditor.Message(7, [.. graph])]);
        return new GraphFile(name, path, null) { SharesWeights = true, DataFiles = [Path.Combine(this.folder, "weights.bin")] };

        static byte[] Fact(string key, string value) => OnnxEditor.Message(13, [.. OnnxEditor.Text(1, key), .. OnnxEditor.Text(2, value)]);
    }
}
