using System.Text.Json;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>Every recorded run of the 18 scheduler classes. The tolerances are those of tests/fixtures/components/README.md: the runs themselves round to float32.</summary>
public sealed class SchedulerGoldenTests
{
    private const double SampleTolerance = 2e-5;

    // The worst step is 2.3e-6 off, one of DEIS of order 3, whose weights the reference rounds to float32.
    private const double StepTolerance = 3e-6;
    private const double SigmaTolerance = 1e-5;
    private const double FractionalTimestepTolerance = 1e-3;

    public static TheoryData<string> Cases => [.. SchedulerCase.Names];

    public static TheoryData<int> AddNoiseCases => [.. Enumerable.Range(0, SchedulerCase.Root.GetProperty("add_noise").GetArrayLength())];

    public static TheoryData<int> Tables => [.. Enumerable.Range(0, SchedulerCase.Root.GetProperty("tables").GetArrayLength())];

    [Fact]
    public void Cases_CoverEveryRecordedRunAndEveryScheduler()
    {
        JsonElement[] cases = [.. SchedulerCase.Root.GetProperty("cases").EnumerateArray()];
        string[] classes = [.. SchedulerType.All.Select(type => type.Name).Order(StringComparer.Ordinal)];

        Assert.Equal(291, cases.Length);
        Assert.Equal(291, SchedulerCase.Names.Distinct().Count());
        Assert.Equal(classes, cases.Select(item => item.GetProperty("scheduler").GetString()!).Distinct().Order(StringComparer.Ordinal));

        // Image to image is not recorded for EDM models; SchedulerPropertyTests tests its rule for all.
        Assert.Equal(classes.Except(["EDMEuler"]), cases.Where(item => item.TryGetProperty("strength", out _)).Select(item => item.GetProperty("scheduler").GetString()!).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(classes, SchedulerCase.Root.GetProperty("add_noise").EnumerateArray().Select(item => item.GetProperty("scheduler").GetString()!).Distinct().Order(StringComparer.Ordinal));
    }

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

        // Plain tables repeat torch's arithmetic; a rescaled β is 1 minus a rounded ratio near 1, and its products sum up such roundings.
        bool isRescaled = options.RescaleBetasZeroSnr == true;
        Close.Assert(SchedulerCase.Read(tensor + "/betas"), table.Betas, isRescaled ? 5e-7 : 0, what: "betas");
        Close.Assert(SchedulerCase.Read(tensor + "/alphas_cumprod"), table.AlphasCumprod, isRescaled ? 5e-7 : 0, what: "alphas_cumprod");
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
        double tolerance = (isolated ? StepTolerance : SampleTolerance) * recorded.Scale;

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
