using System.Reflection;
using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Benchmarks.Sampling;

/// <summary>A step of every preset on a latent of 4×128×128 (1024×1024 pixels) beside a copy of it.</summary>
/// <remarks>An iteration, one trajectory, takes a millisecond or two: many of them, so that some meet no other program.</remarks>
[Config(typeof(RatioConfig))]
[IterationCount(61)]
public class SchedulerStepBenchmarks
{
    private const int Length = 4 * 128 * 128;
    private const int Steps = 48;

    private readonly float[] modelOutput = new float[Length];
    private readonly float[] start = new float[Length];
    private readonly float[] sample = new float[Length];
    private Scheduler scheduler = Scheduler.Create(SchedulerOptions.Euler);
    private StoredNoise noise = new([]);
    private SchedulerRun? run;

    [ParamsSource(nameof(Presets))]
    public string Preset { get; set; } = string.Empty;

    public static IEnumerable<string> Presets => PresetProperties().Select(property => property.Name);

    [GlobalSetup]
    public void Setup()
    {
        float[] samples = new float[Length];
        TorchRandom random = new(1L);
        random.NextNormal(samples);
        random.NextNormal(this.modelOutput);
        random.NextNormal(this.start);
        this.noise = new StoredNoise(samples);
        SchedulerOptions options = (SchedulerOptions)PresetProperties().Single(property => property.Name == this.Preset).GetValue(null)!;
        this.scheduler = Scheduler.Create(options);

        // An iteration is too short for the runtime to optimise the code while it is measured.
        for (int i = 0; i < 5; i++)
        {
            this.Begin();
            this.Step();
            Thread.Sleep(60);
        }
    }

    [IterationSetup]
    public void Begin()
    {
        this.run = this.scheduler.CreateRun(Steps, Length);
        this.start.CopyTo(this.sample, 0);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Steps)]
    public void Copy()
    {
        for (int i = 0; i < Steps; i++)
        {
            this.modelOutput.AsSpan().CopyTo(this.sample);
        }
    }

    [Benchmark(OperationsPerInvoke = Steps)]
    public void Step()
    {
        for (int i = 0; i < Steps; i++)
        {
            this.run!.Step(this.modelOutput, this.sample, this.noise);
        }
    }

    private static IEnumerable<PropertyInfo> PresetProperties() => typeof(SchedulerOptions)
        .GetProperties(BindingFlags.Public | BindingFlags.Static)
        .Where(property => property.PropertyType == typeof(SchedulerOptions));
}
