using System.Diagnostics;
using LayerDiffusion.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Benchmarks.FullSize;

/// <summary>ONNX Runtime alone, its threads sleeping when idle as the library has it: nothing can be faster than this without changing the graph.</summary>
internal static class BareSession
{
    /// <summary>Measures loading, the first and the best of the further runs.</summary>
    public static void Measure(Measurements measurements, string name, string path, int runs, string output, long[] outputShape, params (string Name, TensorElementType Type, long[] Shape)[] inputs)
    {
        long begin = Stopwatch.GetTimestamp();
        using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        using InferenceSession session = new(path, options);
        measurements[$"{name}.load"] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        Measure(measurements, name, session, runs, output, outputShape, inputs);
    }

    /// <summary>Measures the first and the best of the further runs, of which there is at least one.</summary>
    public static void Measure(Measurements measurements, string name, InferenceSession session, int runs, string output, long[] outputShape, params (string Name, TensorElementType Type, long[] Shape)[] inputs)
    {
        using OrtIoBinding binding = session.CreateIoBinding();
        using RunOptions runOptions = new();
        List<OrtValue> values = [];
        Random random = new(3);
        foreach ((string input, TensorElementType type, long[] shape) in inputs)
        {
            OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape);
            float[] numbers = new float[shape.Aggregate(1L, (product, extent) => product * extent)];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = random.NextSingle();
            }

            GraphElement.FromSingle(numbers, value.GetTensorMutableRawData(), type);
            values.Add(value);
            binding.BindInput(input, value);
        }

        TensorElementType outputType = session.OutputMetadata[output].ElementDataType;
        values.Add(OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, outputType, outputShape));
        binding.BindOutput(output, values[^1]);
        double best = double.MaxValue;
        double bestCpu = double.MaxValue;
        for (int run = 0; run < runs; run++)
        {
            double cpu = Measurements.CpuMilliseconds();
            long begin = Stopwatch.GetTimestamp();
            session.RunWithBinding(runOptions, binding);
            double time = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            cpu = Measurements.CpuMilliseconds() - cpu;
            if (run == 0)
            {
                measurements[$"{name}.first"] = time;
            }

            if (run > 0)
            {
                best = Math.Min(best, time);
                bestCpu = Math.Min(bestCpu, cpu);
            }
        }

        measurements[$"{name}.cpu"] = bestCpu;
        measurements[$"{name}.best"] = best;
        values.ForEach(value => value.Dispose());
    }
}
