using System.Text.Json;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>Every recorded run of the 18 scheduler classes. The tolerances are those of tests/fixtures/components/README.md: the runs themselves round to float32.</summary>
public sealed class SchedulerGoldenTests
{
    private const double SampleTolerance = 2e-5;
    private const double SigmaTolerance = 1e-5;
    private const double FractionalTimestepTolerance = 1e-3;

    public static TheoryData<string> Cases => [.. SchedulerCase.Names];

    public static TheoryData<int> AddNoiseCases => [.. Enumerable.Range(0, SchedulerCase.Root.GetProperty("add_noise").GetArrayLength())];

    public static TheoryData<int> Tables => [.. Enumerable.Range(0, SchedulerCase.Root.GetProperty("tables").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void CreateRun_GivesTheRecordedTimestepsAndSigmas(string name)
    {
        SchedulerCase recorded = SchedulerCase.Of(name);
        SchedulerRun run = recorded.CreateRun(64);

        float[] expected = recorded.Timesteps[recorded.BeginIndex..];
        bool isFractional = expected.Any(timestep => timestep != MathF.Truncate(timestep));
        Close.Assert(expected, [.. run.Timesteps], isFractional ? FractionalTimestepTolerance : 0, what: "timesteps");
        Close.Assert(recorded.Sigmas ?? [], [.. run.Sigmas], 0, SigmaTolerance, "sigmas");
        Close.Assert([recorded.InitialNoiseScale], [run.InitialNoiseScale], 0, SigmaTolerance, "initial noise scale");
        Assert.Equal(recorded.BeginIndex, run.BeginIndex);
        Assert.Equal(expected.Length, run.EvaluationCount);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_FromTheRecordedSample_GivesTheNext(string name) => Follow(name, isolated: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Step_AlongTheWholeTrajectory_StaysWithTheRecording(string name) => Follow(name, isolated: false);

    [Theory]
    [MemberData(nameof(AddNoiseCases))]
    public void AddNoise_GivesTheRecordedSample(int index)
    {
        JsonElement item = SchedulerCase.Root.GetProperty("add_noise")[index];
        SchedulerRun run = Scheduler.Create(SchedulerCase.ReadOptions(item)).CreateRun(item.GetProperty("steps").GetInt32(), 64);
        float[] expected = SchedulerCase.Read(item.GetProperty("tensor").GetString()!);
        float[] original = SchedulerCase.Read("add_noise/original");
        float[] noise = SchedulerCase.Read("add_noise/noise");
        float[] noised = new float[64];
        for (int i = 0; i < item.GetProperty("at").GetArrayLength(); i++)
        {
            run.AddNoise(original, noise, item.GetProperty("at")[i].GetInt32(), noised);
            ReadOnlySpan<float> wanted = expected.AsSpan(i * 64, 64);
            Close.Assert(wanted, noised, SampleTolerance * Scale(wanted), what: $"{item.GetProperty("tensor").GetString()}[{i}]");
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void NoiseTable_GivesTheRecordedBetasAndAlphas(int index)
    {
        JsonElement item = SchedulerCase.Root.GetProperty("tables")[index];
        SchedulerOptions options = SchedulerOptions.FromConfig(item) with { Type = SchedulerType.DDIM };
        NoiseTable table = NoiseTable.Create(options.WithDefaults(), rescalable: true);
        string tensor = item.GetProperty("tensor").GetString()!;

        // float32 rounding of values below 1; the last ᾱ of a rescaled table is 0.
        Close.Assert(SchedulerCase.Read(tensor + "/betas"), table.Betas, 2e-7, what: "betas");
        Close.Assert(SchedulerCase.Read(tensor + "/alphas_cumprod"), table.AlphasCumprod, 1e-9, 2e-6, "alphas_cumprod");
    }

    private static double Scale(ReadOnlySpan<float> values)
    {
        double largest = 1;
        foreach (float value in values)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        return largest;
    }

    private static void Follow(string name, bool isolated)
    {
        SchedulerCase recorded = SchedulerCase.Of(name);
        float[] sample = recorded.Tensor("start");
        int length = sample.Length;
        SchedulerRun run = recorded.CreateRun(length);
        float[] inputs = recorded.Tensor("input");
        float[] outputs = recorded.Tensor("output");
        float[] samples = recorded.Tensor("sample");
        float[]? originals = recorded.Has("x0") ? recorded.Tensor("x0") : null;
        RecordedNoise noise = (RecordedNoise)recorded.Noise(length);
        double tolerance = SampleTolerance * recorded.Scale;

        float[] start = new float[length];
        if (recorded.IsImageToImage)
        {
            run.AddNoise(recorded.Tensor("original"), recorded.Tensor("noise_start"), 0, start);
        }
        else
        {
            start = Array.ConvertAll(recorded.Tensor("noise_start"), value => value * run.InitialNoiseScale);
        }

        Close.Assert(sample, start, tolerance, what: "start");
        float[] input = new float[length];
        for (int i = 0; i < run.EvaluationCount; i++)
        {
            Assert.False(run.IsFinished);
            run.ScaleModelInput(sample, input);
            Close.Assert(inputs.AsSpan(i * length, length), input, tolerance, what: $"input {i}");
            int drawn = noise.Drawn;
            run.Step(outputs.AsSpan(i * length, length), sample, noise);
            Assert.Equal(recorded.NoiseAt.Count(at => at == i), noise.Drawn - drawn);
            Close.Assert(samples.AsSpan(i * length, length), sample, tolerance, what: $"sample {i}");
            if (originals is not null)
            {
                Close.Assert(originals.AsSpan(i * length, length), run.PredictedOriginal, tolerance, what: $"x0 {i}");
            }

            if (isolated)
            {
                samples.AsSpan(i * length, length).CopyTo(sample);
            }
        }

        Assert.True(run.IsFinished);
    }
}
