using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace LayerDiffusion.Onnx.Benchmarks;

/// <summary>
/// Short runs inside one process, so that a benchmark and the memory pass that it is compared with meet the same machine; times are those on
/// the processor, of all threads together. What counts is the ratio, that of the shortest times above all, which other work on the machine disturbs least.
/// </summary>
public class RatioConfig : ManualConfig
{
    public RatioConfig()
        : this(new ProcessorClock())
    {
    }

    protected RatioConfig(IClock clock)
    {
        this.AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithClock(clock)
            .WithWarmupCount(3)
            .WithIterationCount(11)
            .WithIterationTime(TimeInterval.FromMilliseconds(20)));
        this.AddColumn(StatisticColumn.Min);
        this.AddDiagnoser(MemoryDiagnoser.Default);
        this.HideColumns(Column.Error, Column.StdDev, Column.RatioSD, Column.Gen0, Column.Gen1, Column.Gen2, Column.AllocRatio);
        this.WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(40));
    }
}
