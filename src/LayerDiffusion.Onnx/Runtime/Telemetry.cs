using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// The library's <see cref="ActivitySource"/> and <see cref="Meter"/>, both named <c>LayerDiffusion.Onnx</c>.
/// As long as nobody listens, nothing is measured and nothing is allocated.
/// </summary>
internal static class Telemetry
{
    /// <summary>The name of source and meter.</summary>
    public const string Name = "LayerDiffusion.Onnx";

    private static readonly Meter Meter = new(Name);

    /// <summary>Gets the source of the spans <c>generate</c>, one for each stage within it, and <c>load_graph</c>.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>Gets the time of a whole call, by <c>mode</c>.</summary>
    public static Histogram<double> GenerationDuration { get; } = Meter.CreateHistogram<double>("layerdiffusion.generation.duration", "ms", "Time of one generation without waiting for its turn.");

    /// <summary>Gets the time of a denoising step, all that belongs to it.</summary>
    public static Histogram<double> StepDuration { get; } = Meter.CreateHistogram<double>("layerdiffusion.step.duration", "ms", "Time of one denoising step: scaling, UNet, guidance, scheduler.");

    /// <summary>Gets the time of a preview.</summary>
    public static Histogram<double> PreviewDuration { get; } = Meter.CreateHistogram<double>("layerdiffusion.preview.duration", "ms", "Time of one preview picture.");

    /// <summary>Gets the time that a graph runs, by <c>graph</c>.</summary>
    public static Histogram<double> RunDuration { get; } = Meter.CreateHistogram<double>("layerdiffusion.graph.run.duration", "ms", "Time within ONNX Runtime of one run of a graph.");

    /// <summary>Gets the time that loading a graph takes, by <c>graph</c>.</summary>
    public static Histogram<double> LoadDuration { get; } = Meter.CreateHistogram<double>("layerdiffusion.graph.load.duration", "ms", "Time to load one graph.");

    /// <summary>Takes the time if somebody wants it.</summary>
    public static long Begin(Histogram<double> histogram) => histogram.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Records the milliseconds since <see cref="Begin"/>.</summary>
    public static void End(Histogram<double> histogram, long begin)
    {
        if (begin != 0)
        {
            histogram.Record(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }
    }

    /// <summary>Records the milliseconds since <see cref="Begin"/>.</summary>
    public static void End(Histogram<double> histogram, long begin, KeyValuePair<string, object?> tag)
    {
        if (begin != 0)
        {
            histogram.Record(Stopwatch.GetElapsedTime(begin).TotalMilliseconds, tag);
        }
    }
}
