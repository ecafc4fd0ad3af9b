using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>One recorded run of a whole pipeline in the reference stack, and the comparison of ours with it.</summary>
internal sealed class GoldenCase
{
    /// <summary>One thread: the recorded drift was measured so, and the order of sums stays the same on every machine.</summary>
    public static readonly PipelineOptions OneThread = new() { Device = Device.Cpu, IntraOpThreads = 1 };

    private readonly string folder;
    private readonly JsonElement facts;

    public GoldenCase(params string[] path)
    {
        this.folder = Fixtures.PathOf(path);
        this.facts = Fixtures.Json([.. path, "case.json"]);
        this.Golden = SafetensorsFile.Open(Path.Combine(this.folder, "tensors.safetensors"));
    }

    public SafetensorsFile Golden { get; }

    public string Package => Fixtures.PathOf("packages", this.facts.GetProperty("package").GetString()!);

    public string Mode => this.facts.GetProperty("mode").GetString()!;

    public JsonElement Facts => this.facts;

    public string Prompt => this.facts.GetProperty("prompt").GetString()!;

    public double StopAt => this.facts.GetProperty("stop_at").GetDouble();

    public RgbaImage Input(string role) => RgbaImage.LoadPng(Path.Combine(this.folder, this.facts.GetProperty("inputs").GetProperty(role).GetString()!));

    /// <summary>The options that a user would write: the scheduler by its name wherever a name says it all.</summary>
    public GenerationOptions Options(string? traceFile)
    {
        string id = this.facts.GetProperty("scheduler").GetProperty("id").GetString()!;
        return new GenerationOptions
        {
            Width = this.facts.GetProperty("width").GetInt32(),
            Height = this.facts.GetProperty("height").GetInt32(),
            Steps = this.facts.GetProperty("steps").GetInt32(),
            GuidanceScale = this.facts.GetProperty("guidance").GetDouble(),
            Guidance = new GuidanceOptions { Rescale = this.facts.TryGetProperty("guidance_rescale", out JsonElement rescale) ? rescale.GetDouble() : 0 },
            Seed = this.facts.GetProperty("seed").GetInt64(),
            NegativePrompt = this.facts.GetProperty("negative").GetString(),
            Scheduler = id == "euler-v-ztsnr"
                ? SchedulerOptions.Euler with { PredictionType = PredictionType.VPrediction, TimestepSpacing = TimestepSpacing.Trailing, RescaleBetasZeroSnr = true }
                : SchedulerOptions.Parse(id),
            Strength = this.facts.TryGetProperty("strength", out JsonElement strength) && strength.ValueKind == JsonValueKind.Number ? strength.GetDouble() : null,
            Count = this.facts.GetProperty("images").GetInt32(),
            BatchSize = this.facts.GetProperty("images").GetInt32(),
            BatchSeeding = BatchSeeding.Shared,
            TraceFile = traceFile,
        };
    }

    /// <summary>Compares every tensor that both have, and demands that the named ones are among them.</summary>
    public void CompareTrace(string traceFile, Tolerances tolerances, params string[] demanded)
    {
        SafetensorsFile trace = SafetensorsFile.Open(traceFile);
        Assert.All(demanded, name => Assert.Contains(name, trace.Tensors.Keys));
        foreach ((string name, SafetensorsTensor expected) in this.Golden.Tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            if (!trace.Tensors.TryGetValue(name, out SafetensorsTensor? actual))
            {
                continue;
            }

            Assert.True(expected.Shape.SequenceEqual(actual.Shape), $"{name} has the shape [{string.Join(',', actual.Shape)}], wanted [{string.Join(',', expected.Shape)}]");
            if (expected.Type is SafetensorsType.Int64)
            {
                Assert.Equal(this.Golden.Read<long>(name), trace.Read<long>(name));
            }
            else
            {
                (double absolute, double relative) = tolerances.For(name);
                Close.Assert(this.Golden.ReadSingle(name), trace.ReadSingle(name), absolute, relative, name);
            }
        }
    }

    /// <summary>Compares 8-bit results: never more than <paramref name="largest"/> apart, and all but a few equal or at most one apart.</summary>
    public void CompareResult(RgbaImage actual, string file, int largest = 1, double equalShare = 0.999, int near = 0)
    {
        RgbaImage expected = RgbaImage.LoadPng(Path.Combine(this.folder, file));
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        ReadOnlySpan<byte> wanted = expected.Pixels.Span;
        ReadOnlySpan<byte> found = actual.Pixels.Span;
        int equal = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            int difference = Math.Abs(wanted[i] - found[i]);
            Assert.True(difference <= largest, $"{file}: sample {i} is {found[i]}, wanted {wanted[i]} within {largest}");
            equal += difference <= near ? 1 : 0;
        }

        Assert.True(equal >= equalShare * wanted.Length, $"{file}: {equal} of {wanted.Length} samples agree, wanted {equalShare:P1}");
    }
}
