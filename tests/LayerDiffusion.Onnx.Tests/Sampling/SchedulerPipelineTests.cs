using System.Text.Json;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>A scheduler's name over a model's own config gives what the recorded pipelines ran with (tests/fixtures/README.md).</summary>
public sealed class SchedulerPipelineTests
{
    public static TheoryData<string> Cases => [.. Directory.GetDirectories(Fixtures.PathOf("pipelines")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

    // The others' first step needs more than noise and guidance.
    public static TheoryData<string> CasesFromText => [.. Cases.Select(row => row.Data).Where(name =>
    {
        JsonElement recorded = Fixtures.Json("pipelines", name, "case.json");
        bool isRescaled = recorded.TryGetProperty("guidance_rescale", out JsonElement rescale) && rescale.ValueKind == JsonValueKind.Number && rescale.GetDouble() > 0;
        return !isRescaled && recorded.GetProperty("pipeline").GetString() == "text2image";
    })];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Over_NameOverTheModelsConfig_RunsTheRecordedTimestepsAndSigmas(string name)
    {
        JsonElement recorded = Fixtures.Json("pipelines", name, "case.json");
        SafetensorsFile tensors = Fixtures.Tensors("pipelines", name, "tensors.safetensors");
        SchedulerOptions options = Merge(recorded);
        int length = (int)(tensors.Tensors["randn.00"].Shape.Aggregate((a, b) => a * b));
        double strength = recorded.TryGetProperty("strength", out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 1;
        SchedulerRun run = Scheduler.Create(options).CreateRun(recorded.GetProperty("steps").GetInt32(), length, strength);

        Close.Assert(tensors.ReadSingle("timesteps"), [.. run.Timesteps], 1e-4, 1e-6, "timesteps");
        if (tensors.Tensors.ContainsKey("sigmas"))
        {
            Close.Assert(tensors.ReadSingle("sigmas"), [.. run.Sigmas], 1e-4, 1e-6, "sigmas");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Over_NameOverTheModelsConfig_GivesTheRecordedConfig(string name)
    {
        JsonElement scheduler = Fixtures.Json("pipelines", name, "case.json").GetProperty("scheduler");
        SchedulerOptions actual = Scheduler.Create(Merge(Fixtures.Json("pipelines", name, "case.json"))).Options;
        SchedulerOptions expected = SchedulerOptions.FromConfig(scheduler.GetProperty("config")) with { Type = actual.Type };

        Assert.Equal(scheduler.GetProperty("class").GetString(), actual.Type!.ClassName);
        SchedulerOptions merged = expected.Over(actual);

        // Keys that the class does not know travel along in diffusers without an effect; lists compare by reference.
        bool isPndmConfig = name.StartsWith("sd15-", StringComparison.Ordinal);
        Assert.Equal(
            actual with { SetAlphaToOne = isPndmConfig ? merged.SetAlphaToOne : actual.SetAlphaToOne, SkipPrkSteps = isPndmConfig ? merged.SkipPrkSteps : actual.SkipPrkSteps },
            merged with { DisableCorrector = actual.DisableCorrector, TrainedBetas = actual.TrainedBetas });
    }

    [Theory]
    [MemberData(nameof(CasesFromText))]
    public void Step_FromTheRecordedFirstOutput_GivesTheRecordedLatent(string name)
    {
        JsonElement recorded = Fixtures.Json("pipelines", name, "case.json");
        SafetensorsFile tensors = Fixtures.Tensors("pipelines", name, "tensors.safetensors");
        float[] noise = tensors.ReadSingle("randn.00");
        float[] output = tensors.ReadSingle("unet.first.out");
        double guidance = recorded.GetProperty("guidance").GetDouble();
        if (output.Length == 2 * noise.Length)
        {
            output = [.. output[..noise.Length].Zip(output[noise.Length..], (negative, positive) => (float)(negative + (guidance * (positive - negative))))];
        }

        SchedulerRun run = Scheduler.Create(Merge(recorded)).CreateRun(recorded.GetProperty("steps").GetInt32(), noise.Length);
        float[] sample = Array.ConvertAll(noise, value => value * run.InitialNoiseScale);
        run.Step(output, sample, new RecordedNoise(tensors.Tensors.ContainsKey("randn.01") ? tensors.ReadSingle("randn.01") : [], noise.Length));

        // Measured drift of the first step is 1.5e-5, with zero terminal SNR 9.8e-4; the README allows these.
        Close.Assert(tensors.ReadSingle("latent.00"), sample, name.Contains("ztsnr", StringComparison.Ordinal) ? 5e-3 : 1e-3, what: "latent.00");
    }

    private static SchedulerOptions Merge(JsonElement recorded)
    {
        string package = recorded.GetProperty("package").GetString()!;
        SchedulerOptions model = SchedulerOptions.FromConfig(File.ReadAllBytes(Fixtures.PathOf("packages", package, "scheduler", "scheduler_config.json")));
        return SchedulerOptions.Parse(recorded.GetProperty("scheduler").GetProperty("id").GetString()!).Over(model);
    }
}
