using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

[Collection(nameof(Undisturbed))]
public class GraphSessionTests
{
    private static readonly SessionSettings Cpu = new(Device.Cpu, 1, AllowSpinning: false);

    [Fact]
    public void Run_FromPathAndFromBytes_GivesTheSame()
    {
        string path = Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx");
        float[] fromPath = RunUnet(new GraphFile("unet", path, null));
        float[] fromBytes = RunUnet(new GraphFile("unet", null, () => File.ReadAllBytes(path)));
        Assert.Equal(fromPath, fromBytes);
        Assert.Contains(fromPath, value => value != 0);
    }

    [Fact]
    public void Run_AfterWarmUp_AllocatesNothing()
    {
        using GraphSession graph = GraphSession.Load(new GraphFile("unet", Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx"), null), Cpu, default);
        using GraphBinding binding = graph.CreateBinding();
        GraphTensor sample = BindUnet(binding);
        binding.BindOutput("out_sample", 1, 4, 8, 8);
        float[] values = new float[sample.Length];
        using CancellationTokenSource source = new();
        for (int i = 0; i < 3; i++)
        {
            sample.Write(values);
            binding.Run(source.Token);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        sample.Write(values);
        binding.Run(source.Token);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Load_NoGraph_NamesTheFile()
    {
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => GraphSession.Load(new GraphFile("unet/model.onnx", null, () => [1, 2, 3]), Cpu, default));
        Assert.Contains("unet/model.onnx", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BindInput_UnknownName_ListsTheNames()
    {
        using GraphSession graph = GraphSession.Load(new GraphFile("unet", Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx"), null), Cpu, default);
        using GraphBinding binding = graph.CreateBinding();
        Assert.Contains("encoder_hidden_states", Assert.Throws<ArgumentException>(() => binding.BindInput("samples", 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Cancelled_ThrowsOperationCanceledWithTheToken()
    {
        using GraphSession graph = GraphSession.Load(new GraphFile("unet", Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx"), null), Cpu, default);
        using GraphBinding binding = graph.CreateBinding();
        BindUnet(binding);
        binding.BindOutput("out_sample", 1, 4, 8, 8);
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Equal(source.Token, Assert.Throws<OperationCanceledException>(() => binding.Run(source.Token)).CancellationToken);
    }

    [Theory]
    [InlineData("cpu", DeviceType.Cpu, 0)]
    [InlineData("CUDA:1", DeviceType.Cuda, 1)]
    [InlineData("directml", DeviceType.DirectML, 0)]
    [InlineData("TensorRT:2", DeviceType.TensorRT, 2)]
    public void DeviceParse_Name_RoundTrips(string text, DeviceType type, int index)
    {
        Device device = Device.Parse(text);
        Assert.Equal(new Device(type, index), device);
        Assert.Equal(device, Device.Parse(device.ToString()));
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("")]
    public void DeviceParse_Unknown_Throws(string text) => Assert.Throws<FormatException>(() => Device.Parse(text));

    [Fact]
    public void Resolve_MissingDevice_NamesThePackage()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "DirectML may be there on Windows.");
        ExecutionProviderNotAvailableException exception = Assert.Throws<ExecutionProviderNotAvailableException>(() => ExecutionProviders.Resolve(Device.DirectML()));
        Assert.Contains("LayerDiffusion.Onnx.DirectML", exception.Message, StringComparison.Ordinal);
        Assert.Equal(Device.DirectML(), exception.Device);
    }

    private static float[] RunUnet(GraphFile file)
    {
        using GraphSession graph = GraphSession.Load(file, Cpu, default);
        using GraphBinding binding = graph.CreateBinding();
        GraphTensor sample = BindUnet(binding);
        GraphTensor output = binding.BindOutput("out_sample", 1, 4, 8, 8);
        sample.Write([.. Enumerable.Range(0, sample.Length).Select(i => i / 256f)]);
        binding.Run(default);
        float[] values = new float[output.Length];
        output.Read(values);
        return values;
    }

    private static GraphTensor BindUnet(GraphBinding binding)
    {
        GraphTensor sample = binding.BindInput("sample", 1, 4, 8, 8);
        binding.BindInput("timestep", 1);
        binding.BindInput("encoder_hidden_states", 1, 77, 80);
        binding.BindInput("text_embeds", 1, 40);
        binding.BindInput("time_ids", 1, 6);
        return sample;
    }
}
