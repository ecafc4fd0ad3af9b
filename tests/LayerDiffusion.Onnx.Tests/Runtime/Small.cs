using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>The shortest generations that pass through every stage.</summary>
internal static class Small
{
    public static readonly PipelineOptions OneThread = new() { Device = Device.Cpu, IntraOpThreads = 1 };

    public static string Package => Fixtures.PathOf("packages", "tiny-sdxl");

    public static GenerationOptions Options(long seed, int steps = 2) =>
        new() { Width = 64, Height = 64, Steps = steps, Seed = seed, AlphaAugmentation = AlphaAugmentation.Fast };
}
