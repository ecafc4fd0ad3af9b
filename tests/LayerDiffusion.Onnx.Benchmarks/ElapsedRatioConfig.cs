using Perfolizer.Horology;

namespace LayerDiffusion.Onnx.Benchmarks;

/// <summary>The same for what runs on several threads: counts the time that passes.</summary>
public sealed class ElapsedRatioConfig : RatioConfig
{
    public ElapsedRatioConfig()
        : base(Chronometer.BestClock)
    {
    }
}
