using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Tests.Pipelines;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>
/// What ONNX Runtime's CUDA provider copies, captures and keeps, on a stand-in for NVIDIA's libraries that computes nothing (tests/cuda-stand-in). No other tests may run beside these, for the
/// counters are the process's.
/// </summary>
public sealed class CudaStandInTests
{
    private const int LatentElements = 4 * 8 * 8;

    private static readonly PipelineOptions Cuda = new() { Device = Device.Cuda() };
    private static readonly PipelineOptions CudaGraphs = Cuda with { CudaGraphs = true };

    /// <summary>Gets one mode for each of the packages' UNets.</summary>
    public static TheoryData<string> Modes => [.. ModeCase.All.GroupBy(mode => (mode.Value.IsSdxl, mode.Value.Mode)).Select(unet => unet.First().Key)];

    [Theory]
    [InlineData("tiny-sdxl", false, 4)]
    [InlineData("tiny-sdxl", true, 4)]
    [InlineData("tiny-sdxl-fp16", false, 2)]
    [InlineData("tiny-sdxl-fp16", true, 2)]
    [InlineData("tiny-sd15", false, 4)]
    [InlineData("tiny-sd15", true, 4)]
    public void Step_CopiesLatentAndTimestepThereAndThePredictionBack(string package, bool captured, int elementSize)
    {
        SkipWithoutStandIn();
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), captured ? CudaGraphs : Cuda);
        Count(pipeline, Small.Options(1));
        CudaStandInCounters two = Count(pipeline, Small.Options(1));
        CudaStandInCounters six = Count(pipeline, Small.Options(1, steps: 6));

        // With guidance two rows go each way; the timestep has 4 or 8 bytes.
        Assert.Equal((2, 1), Difference(four => (four.ToDevice.Count, four.ToHost.Count)));
        (long up, long down) = Difference(four => (four.ToDevice.Bytes, four.ToHost.Bytes));
        Assert.InRange(up, (2 * LatentElements * elementSize) + 4, (2 * LatentElements * elementSize) + 8);
        Assert.Equal(2 * LatentElements * elementSize, down);
        Assert.Equal(0, six.Allocations);
        (long kernels, long launches) = Difference(four => (four.Kernels, four.GraphLaunches));
        Assert.Equal(captured, kernels == 0);
        Assert.Equal(captured ? 1 : 0, launches);
        Assert.Equal((0, 0), (two.Refusals, six.Refusals));

        (long First, long Second) Difference(Func<CudaStandInCounters, (long First, long Second)> read) =>
            ((read(six).First - read(two).First) / 4, (read(six).Second - read(two).Second) / 4);
    }

    [Theory]
    [InlineData("tiny-sdxl", 4)]
    [InlineData("tiny-sdxl-fp16", 4)]
    public void Decoding_LeavesTheDeviceOnceAndWithTheFinalPictureAlone(string package, int pictureElementSize)
    {
        SkipWithoutStandIn();
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", package), Cuda);
        Count(pipeline, Small.Options(1));
        CudaStandInCounters oneView = Count(pipeline, Small.Options(1));
        CudaStandInCounters sixSteps = Count(pipeline, Small.Options(1, steps: 6));
        CudaStandInCounters eightViews = Count(pipeline, Small.Options(1) with { AlphaAugmentation = AlphaAugmentation.Full });

        // Without the predictions of the steps one copy is left: alpha and colour, [4,64,64].
        long step = (sixSteps.ToHost.Bytes - oneView.ToHost.Bytes) / 4;
        Assert.Equal((3, (2 * step) + (4 * 64 * 64 * pictureElementSize)), (oneView.ToHost.Count, oneView.ToHost.Bytes));
        Assert.Equal((oneView.ToHost.Count, oneView.ToHost.Bytes), (eightViews.ToHost.Count, eightViews.ToHost.Bytes));
        Assert.Equal((0, 0), (oneView.Refusals, eightViews.Refusals));
    }

    [Fact]
    public async Task CudaGraphs_SizesInTurn_AreCapturedOnceEach()
    {
        SkipWithoutStandIn();
        CudaStandInCounters before = CudaStandIn.Read();
        using (LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, CudaGraphs))
        {
            foreach (int width in new[] { 64, 128, 64, 192, 128, 64 })
            {
                // Alternating wordings share a graph, and each generation has another thread.
                await pipeline.GenerateTransparentAsync("a [fox|cat]", Small.Options(1, steps: 4) with { Width = width, Prompting = PromptOptions.WebUi });
            }

            CudaStandInCounters after = CudaStandIn.Read();
            Assert.Equal((3, 3, 24, 0), (after.Captures - before.Captures, after.Graphs - before.Graphs, after.GraphLaunches - before.GraphLaunches, after.Refusals - before.Refusals));
        }

        Assert.Equal((before.Graphs, before.Memory), (CudaStandIn.Read().Graphs, CudaStandIn.Read().Memory));
    }

    [Fact]
    public void CudaGraphs_MoreSizesThanGraphs_RunTheRestWithout()
    {
        SkipWithoutStandIn();
        CudaStandInCounters before = CudaStandIn.Read();
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, CudaGraphs);
        for (int size = 1; size <= CapturedGraphs.Most + 2; size++)
        {
            pipeline.GenerateTransparent("a fox", Small.Options(1) with { Width = 64 * size });
        }

        CudaStandInCounters after = CudaStandIn.Read();
        Assert.Equal((CapturedGraphs.Most, 2 * CapturedGraphs.Most, 0), (after.Captures - before.Captures, after.GraphLaunches - before.GraphLaunches, after.Refusals - before.Refusals));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task CudaGraphs_EveryMode_HasUnetsThatCanBeCaptured(string name)
    {
        SkipWithoutStandIn();
        ModeCase mode = ModeCase.All[name];
        CudaStandInCounters before = CudaStandIn.Read();
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Fixtures.PathOf("packages", mode.IsSdxl ? "tiny-sdxl" : "tiny-sd15"), CudaGraphs);
        await mode.Call(pipeline, Pictures.Disc(64, 64), mode.Quick() with { GuidanceScale = 5 }, isAsync: true, null, default);
        CudaStandInCounters after = CudaStandIn.Read();
        bool denoises = mode.Mode != "transparency_decoder";
        Assert.Equal((denoises, denoises, 0), (after.Captures > before.Captures, after.GraphLaunches > before.GraphLaunches, after.Refusals - before.Refusals));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sequential_AfterAGeneration_LeavesTheDeviceEmpty(bool captured)
    {
        SkipWithoutStandIn();
        long before = CudaStandIn.Read().Memory;
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, (captured ? CudaGraphs : Cuda) with { MemoryPolicy = MemoryPolicy.Sequential });
        pipeline.GenerateTransparent("a fox", Small.Options(1));
        Assert.Equal(before, CudaStandIn.Read().Memory);
    }

    [Fact]
    public void Load_DeviceOfAHigherNumber_IsRefused()
    {
        SkipWithoutStandIn();
        ExecutionProviderNotAvailableException exception = Assert.Throws<ExecutionProviderNotAvailableException>(() =>
        {
            using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, new PipelineOptions { Device = Device.Cuda(1) });
            pipeline.GenerateTransparent("a fox", Small.Options(1));
        });
        Assert.Equal(Device.Cuda(1), exception.Device);
    }

    [Fact]
    public void CudaGraphs_AttentionLeftSpelledOut_IsRefusedWithTheOptionsNamed()
    {
        SkipWithoutStandIn();
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(Small.Package, CudaGraphs with { FuseAttention = false });
        Exception exception = Assert.Throws<Onnx.Packages.ModelFormatException>(() => pipeline.GenerateTransparent("a fox", Small.Options(1)));
        Assert.Contains("CudaGraphs", exception.Message, StringComparison.Ordinal);
    }

    // What one generation adds.
    private static CudaStandInCounters Count(LayerDiffusionPipeline pipeline, GenerationOptions options)
    {
        CudaStandInCounters before = CudaStandIn.Read();
        pipeline.GenerateTransparent("a fox", options);
        return CudaStandIn.Read() - before;
    }

    private static void SkipWithoutStandIn() => Assert.SkipUnless(CudaStandIn.IsThere, "The stand-in for CUDA is not loaded: dotnet run build.cs test --cuda-stand-in.");
}
