using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>Run where there is a CUDA build of ONNX Runtime and a GPU (<c>dotnet run build.cs test --gpu</c>); elsewhere they skip and say why.</summary>
public class GpuTests
{
    [Fact]
    public void GenerateTransparent_Cuda_DrawsWhatTheCpuDraws()
    {
        SkipWithoutCuda();
        using LayerDiffusionPipeline gpu = LayerDiffusionPipeline.Load(Small.Package, new PipelineOptions { Device = Device.Cuda() });
        using LayerDiffusionPipeline cpu = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread);
        Assert.Equal(Device.Cuda(), gpu.Device);
        RgbaImage actual = gpu.GenerateTransparent("a fox", Small.Options(1, steps: 4)).Image;
        RgbaImage expected = cpu.GenerateTransparent("a fox", Small.Options(1, steps: 4)).Image;

        // TF32 products have 11 bits of precision, so the last places of 8 bits may move.
        Assert.All(expected.ToArray().Zip(actual.ToArray()), pair => Assert.InRange(pair.First - pair.Second, -8, 8));
    }

    [Fact]
    public void GenerateTransparent_CudaFloat16_IsNotConverted()
    {
        SkipWithoutCuda();
        GraphFile unet = new("unet", Fixtures.PathOf("packages", "tiny-sdxl-fp16", "unet", "model.onnx"), null);
        using GraphSession graph = GraphSession.Load(unet, new SessionSettings(Device.Cuda(), 0, AllowSpinning: false), default);
        Assert.Equal(GraphOrigin.Package, graph.Origin);
    }

    [Theory]
    [InlineData("tiny-sdxl")]
    [InlineData("tiny-sdxl-fp16")]
    public void GenerateTransparent_CudaStayingOnTheDevice_DrawsWhatPassingThroughTheHostDraws(string package)
    {
        SkipWithoutCuda();
        GenerationOptions options = Small.Options(1) with { AlphaAugmentation = Onnx.Autoencoding.AlphaAugmentation.Full, Height = 128 };
        using LayerDiffusionPipeline staying = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), new PipelineOptions { Device = Device.Cuda() });
        using LayerDiffusionPipeline passing = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), new PipelineOptions { Device = Device.Cuda(), StayOnDevice = false });
        RgbaImage actual = staying.GenerateTransparent("a fox", options).Image;
        Assert.Contains(staying.LoadedGraphs, name => name.StartsWith("views", StringComparison.Ordinal));

        // The same kernels on the same values; only the last place may move where one of both fuses a product with a sum.
        Assert.All(passing.GenerateTransparent("a fox", options).Image.ToArray().Zip(actual.ToArray()), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
    }

    [Theory]
    [InlineData("tiny-sdxl")]
    [InlineData("tiny-sdxl-fp16")]
    public async Task GenerateTransparent_CudaGraphs_DrawsWhatOrdinaryRunsDraw(string package)
    {
        SkipWithoutCuda();
        using LayerDiffusionPipeline captured = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), new PipelineOptions { Device = Device.Cuda(), CudaGraphs = true });
        using LayerDiffusionPipeline ordinary = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), new PipelineOptions { Device = Device.Cuda() });

        // Alternating wordings share a graph, sizes have their own, and each generation has another thread.
        GenerationOptions options = Small.Options(1, steps: 4) with { Prompting = Onnx.Prompting.PromptOptions.WebUi };
        foreach (int width in new[] { 64, 128, 64, 128 })
        {
            TransparentResult actual = await captured.GenerateTransparentAsync("a [fox|cat]", options with { Width = width });
            TransparentResult expected = await ordinary.GenerateTransparentAsync("a [fox|cat]", options with { Width = width });

            // The same kernels on the same values; CUDA may choose another algorithm for a convolution where other memory is free.
            Assert.All(expected.Image.ToArray().Zip(actual.Image.ToArray()), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
        }
    }

    [Fact]
    public void Load_EightBitUnetOnCuda_SaysItIsForTheCpu()
    {
        SkipWithoutCuda();
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => LayerDiffusionPipeline.Load(Small.Package, new PipelineOptions { Device = Device.Cuda(), UnetPrecision = UnetPrecision.EightBit }));
        Assert.Contains("UnetPrecision", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AutoDevice_IsOneThatIsThere()
    {
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, new PipelineOptions { Device = Device.Auto });
        Assert.NotEqual(DeviceType.Auto, pipeline.Device.Type);
        Assert.Equal(pipeline.Device, pipeline.GenerateTransparent("a fox", Small.Options(1)).Device);
    }

    [Theory]
    [InlineData(DeviceType.Cuda)]
    [InlineData(DeviceType.TensorRT)]
    [InlineData(DeviceType.DirectML)]
    [InlineData(DeviceType.CoreML)]
    public void Load_DeviceThatIsMissing_ThrowsInsteadOfFallingBack(DeviceType type)
    {
        Device device = new(type);
        ExecutionProviderNotAvailableException? exception = null;
        try
        {
            using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, new PipelineOptions { Device = device });
            pipeline.GenerateTransparent("a fox", Small.Options(1));
            Assert.Equal(device, pipeline.Device);
        }
        catch (ExecutionProviderNotAvailableException thrown)
        {
            exception = thrown;
        }

        Assert.SkipWhen(exception is null, $"The device {device} is there.");
        Assert.Equal(device, exception.Device);
        Assert.Contains("LayerDiffusion.Onnx.", exception.Message, StringComparison.Ordinal);
    }

    private static void SkipWithoutCuda()
    {
        ExecutionProviderNotAvailableException? missing = null;
        try
        {
            ExecutionProviders.Resolve(Device.Cuda());
            using GraphSession graph = GraphSession.Load(
                new GraphFile("vae_decoder", Fixtures.PathOf("packages", "tiny-sdxl", "vae_decoder", "model.onnx"), null), new SessionSettings(Device.Cuda(), 0, AllowSpinning: false), default);
        }
        catch (ExecutionProviderNotAvailableException exception)
        {
            missing = exception;
        }

        Assert.SkipWhen(missing is not null, $"No CUDA here: {missing?.Message}");
    }
}
