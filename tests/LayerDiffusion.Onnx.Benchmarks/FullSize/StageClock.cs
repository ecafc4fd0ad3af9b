namespace LayerDiffusion.Onnx.Benchmarks.FullSize;

/// <summary>Takes the processor time of the stages of one generation from its progress reports.</summary>
internal sealed class StageClock : IProgress<GenerationProgress>
{
    private readonly List<(GenerationStage Stage, double Begin)> stages = [];

    public void Report(GenerationProgress value)
    {
        if (value.Step == 0)
        {
            this.stages.Add((value.Stage, Measurements.CpuMilliseconds()));
        }
    }

    /// <summary>Ends the last stage.</summary>
    public void Report(Measurements measurements)
    {
        double end = Measurements.CpuMilliseconds();
        for (int i = 0; i < this.stages.Count; i++)
        {
            double next = i + 1 < this.stages.Count ? this.stages[i + 1].Begin : end;
            measurements[this.stages[i].Stage.ToString()] = next - this.stages[i].Begin;
        }
    }
}
