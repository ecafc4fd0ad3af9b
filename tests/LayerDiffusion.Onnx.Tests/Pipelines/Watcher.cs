namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Keeps what a generation reports, and may do something about it on the generating thread.</summary>
internal sealed class Watcher(Action<GenerationProgress>? react = null) : IProgress<GenerationProgress>
{
    public List<GenerationProgress> Reports { get; } = [];

    public void Report(GenerationProgress value)
    {
        this.Reports.Add(value);
        react?.Invoke(value);
    }
}
