using System.Runtime.Intrinsics.X86;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public sealed class OptimizedModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("optimized").FullName;
    private readonly string source;

    public OptimizedModelTests()
    {
        this.source = Path.Combine(this.folder, "source", "unet", "model.onnx");
        Directory.CreateDirectory(Path.GetDirectoryName(this.source)!);
        File.Copy(Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx"), this.source);
    }

    private string Cache => Path.Combine(this.folder, "cache");

    private GraphFile SourceFile => new("package/unet/model.onnx", this.source, null);

    private SessionSettings Settings => new(Device.Cpu, 1, AllowSpinning: false) { OptimizedModelCache = this.Cache };

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Fact]
    public void Load_Twice_TakesTheCacheAndGivesTheSame()
    {
        (GraphOrigin first, float[] expected) = this.Load();
        (GraphOrigin second, float[] actual) = this.Load();
        Assert.Equal((GraphOrigin.Package, GraphOrigin.Cache), (first, second));
        Assert.Equal(expected, actual);
        Assert.StartsWith("unet-", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(this.Cache))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.onnx", 100)]
    [InlineData("model.onnx", 0)]
    [InlineData("model.onnx_data", 100)]
    [InlineData("files.txt", 3)]
    public void Load_DamagedEntry_IsMadeAnew(string name, int length)
    {
        (_, float[] expected) = this.Load();
        string entry = Assert.Single(Directory.GetDirectories(this.Cache));
        string damaged = Path.Combine(entry, name);
        File.WriteAllBytes(damaged, File.ReadAllBytes(damaged)[..length]);
        (GraphOrigin repaired, float[] actual) = this.Load();
        Assert.Equal(GraphOrigin.Package, repaired);
        Assert.Equal(expected, actual);
        Assert.Equal(GraphOrigin.Cache, this.Load().Origin);
        Assert.Equal(entry, Assert.Single(Directory.GetDirectories(this.Cache)));
    }

    [Fact]
    public void Load_EntryThatOnnxRuntimeRefuses_IsMadeAnew()
    {
        this.Load();
        string entry = Assert.Single(Directory.GetDirectories(this.Cache));
        string graph = Path.Combine(entry, "model.onnx");
        File.WriteAllBytes(graph, [1, 2, 3]);
        long data = new FileInfo(graph + "_data").Length;
        File.WriteAllText(
            Path.Combine(entry, "files.txt"),
            $"model.onnx 3 {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([1, 2, 3]))}\nmodel.onnx_data {data}\n");
        Assert.Equal(GraphOrigin.Package, this.Load().Origin);
        Assert.Equal(GraphOrigin.Cache, this.Load().Origin);
    }

    [Fact]
    public void Load_ChangedSource_IsAnotherEntry()
    {
        this.Load();
        File.SetLastWriteTimeUtc(this.source, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Equal(GraphOrigin.Package, this.Load().Origin);
        Assert.Equal(2, Directory.GetDirectories(this.Cache).Length);
    }

    [Fact]
    public void Load_WeightsInTheOrderOfTheFile_IsAnotherEntry()
    {
        (_, float[] expected) = this.Load();
        (GraphOrigin origin, float[] actual) = this.Load(settings: this.Settings with { OptimizeLayout = false });
        Assert.Equal(GraphOrigin.Package, origin);
        Assert.Equal(2, Directory.GetDirectories(this.Cache).Length);

        // The same numbers, added in another order: float32 has 24 bits.
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.First - pair.Second, -1e-5f, 1e-5f));
        Assert.True(!Sse.IsSupported || !expected.SequenceEqual(actual));
    }

    [Fact]
    public void Load_FromAZip_IsKeyedByTheContent()
    {
        GraphFile file = new("model.zip/unet/model.onnx", null, () => File.ReadAllBytes(this.source));
        Assert.Equal(GraphOrigin.Package, this.Load(file).Origin);
        Assert.Equal(GraphOrigin.Cache, this.Load(file).Origin);
    }

    [Fact]
    public void Load_HalfGraph_IsKeptInSinglePrecision()
    {
        GraphFile file = new("unet/model.onnx", Fixtures.PathOf("packages", "tiny-sdxl-fp16", "unet", "model.onnx"), null);
        (GraphOrigin first, float[] expected) = this.Load(file);
        (GraphOrigin second, float[] actual) = this.Load(file);
        Assert.Equal((GraphOrigin.Converted, GraphOrigin.Cache), (first, second));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Load_CacheThatCannotBeWritten_LoadsAllTheSame()
    {
        File.WriteAllText(this.Cache, "a file, not a folder");
        Assert.Equal(GraphOrigin.Package, this.Load().Origin);
        Assert.Equal(GraphOrigin.Package, this.Load().Origin);
    }

    [Fact]
    public void Load_Cancelled_LeavesNothing()
    {
        using CancellationTokenSource source = new();
        GraphFile file = new("unet/model.onnx", null, () => File.ReadAllBytes(this.source));
        GraphFile cancelling = file with
        {
            ReadAllBytes = () =>
            {
                byte[] bytes = File.ReadAllBytes(this.source);
                if (Directory.Exists(this.Cache))
                {
                    source.Cancel();
                }

                return bytes;
            },
        };
        Assert.Throws<OperationCanceledException>(() => GraphSession.Load(cancelling, this.Settings, source.Token));
        Assert.Empty(Directory.GetFileSystemEntries(this.Cache));
    }

    private (GraphOrigin Origin, float[] Values) Load(GraphFile? file = null, SessionSettings? settings = null)
    {
        using GraphSession graph = GraphSession.Load(file ?? this.SourceFile, settings ?? this.Settings, default);
        using GraphBinding binding = graph.CreateBinding();
        GraphTensor sample = binding.BindInput("sample", 1, 4, 8, 8);
        binding.BindInput("timestep", 1);
        binding.BindInput("encoder_hidden_states", 1, 77, 80);
        binding.BindInput("text_embeds", 1, 40);
        binding.BindInput("time_ids", 1, 6);
        GraphTensor output = binding.BindOutput("out_sample", 1, 4, 8, 8);
        sample.Write([.. Enumerable.Range(0, sample.Length).Select(i => i / 256f)]);
        binding.Run(default);
        float[] values = new float[output.Length];
        output.Read(values);
        Assert.DoesNotContain(Directory.Exists(this.Cache) ? Directory.GetFileSystemEntries(this.Cache) : [], entry => entry.EndsWith(".partial", StringComparison.Ordinal));
        return (graph.Origin, values);
    }
}
