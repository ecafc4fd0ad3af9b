using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Benchmarks.IO;

/// <summary>Reading the header of a file of many tensors, which is all that opening one does.</summary>
[MemoryDiagnoser]
public class SafetensorsBenchmarks
{
    private string path = string.Empty;

    [Params(10, 1000)]
    public int Tensors { get; set; }

    [GlobalSetup]
    public void Write()
    {
        SafetensorsWriter writer = new();
        for (int i = 0; i < this.Tensors; i++)
        {
            writer.Add<float>($"tensor.{i}", [i, i], 1, 2);
        }

        this.path = Path.GetTempFileName();
        writer.Save(this.path);
    }

    [GlobalCleanup]
    public void Delete() => File.Delete(this.path);

    [Benchmark]
    public int Open() => SafetensorsFile.Open(this.path).Tensors.Count;
}
