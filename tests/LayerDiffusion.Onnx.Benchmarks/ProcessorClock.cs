using Perfolizer.Horology;

namespace LayerDiffusion.Onnx.Benchmarks;

/// <summary>Counts the time that this process ran on a processor, which other work on the machine lengthens far less than the time that passed.</summary>
internal sealed class ProcessorClock : IClock
{
    public string Title => "Processor time";

    public bool IsAvailable => true;

    public Frequency Frequency => new(TimeSpan.TicksPerSecond);

    public long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
