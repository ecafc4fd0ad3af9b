using System.Text.Json;
using LayerDiffusion.Onnx.Imaging;
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
        SchedulerRun run = Scheduler.Create(options).CreateRun(recorded.GetProperty("steps").GetInt32(), length, StrengthOf(recorded));

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
        float[]? original = tensors.Tensors.ContainsKey("encode.latent") ? tensors.ReadSingle("encode.latent") : null;
        SchedulerRun run = Scheduler.Create(Merge(recorded)).CreateRun(recorded.GetProperty("steps").GetInt32(), noise.Length, StrengthOf(recorded));

        float[] sample = Array.ConvertAll(noise, value => value * run.InitialNoiseScale);
        if (original is not null)
        {
            run.AddNoise(original, noise, 0, sample);
        }

        LatentShape shape = ShapeOf(tensors);
        run.Step(Guided(recorded, tensors, shape), sample, new RecordedNoise(tensors.Tensors.ContainsKey("randn.01") ? tensors.ReadSingle("randn.01") : [], noise.Length));
        if (recorded.GetProperty("inputs").TryGetProperty("mask", out JsonElement file))
        {
            RgbaImage mask = RgbaImage.LoadPng(Fixtures.PathOf("pipelines", name, file.GetString()!));
            new MaskKeeper(Reduce(mask, shape), original!, noise, shape).Stepped(0, run, sample);
        }

        // Measured drift of the first step is 1.5e-5, with zero terminal SNR 9.8e-4; the README allows these.
        Close.Assert(tensors.ReadSingle("latent.00"), sample, name.Contains("ztsnr", StringComparison.Ordinal) ? 5e-3 : 1e-3, what: "latent.00");
    }

    private static double StrengthOf(JsonElement recorded) =>
        recorded.TryGetProperty("strength", out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 1;

    private static LatentShape ShapeOf(SafetensorsFile tensors)
    {
        int[] extents = [.. tensors.Tensors["randn.00"].Shape.Select(extent => (int)extent)];
        return new LatentShape(extents[0], extents[1], extents[2], extents[3]);
    }

    // The first output of the UNet after guidance; cases without guidance recorded the positive rows alone.
    private static float[] Guided(JsonElement recorded, SafetensorsFile tensors, LatentShape shape)
    {
        float[] output = tensors.ReadSingle("unet.first.out");
        if (output.Length == shape.Length)
        {
            return output;
        }

        double rescale = recorded.TryGetProperty("guidance_rescale", out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : 0;
        Guidance guidance = new(new GuidanceOptions { Rescale = rescale }, recorded.GetProperty("guidance").GetDouble(), [1], hasNegativePrompt: true, shape.Rows, shape.RowLength);
        float[] guided = new float[shape.Length];
        guidance.Combine(guidance.PlanAt(1), output, guided);
        return guided;
    }

    // Halves decide, and the top left pixel of each square of the latent (tests/fixtures/README.md, choice 9).
    private static float[] Reduce(RgbaImage mask, LatentShape shape)
    {
        int square = mask.Width / shape.Width;
        byte[] pixels = mask.ToArray();
        float[] reduced = new float[shape.PlaneLength];
        for (int i = 0; i < reduced.Length; i++)
        {
            reduced[i] = pixels[((i / shape.Width * mask.Width) + (i % shape.Width)) * square * 4] > 127 ? 1 : 0;
        }

        Assert.Contains(0, reduced);
        Assert.Contains(1, reduced);
        return reduced;
    }

    private static SchedulerOptions Merge(JsonElement recorded)
    {
        string package = recorded.GetProperty("package").GetString()!;
        SchedulerOptions model = SchedulerOptions.FromConfig(File.ReadAllBytes(Fixtures.PathOf("packages", package, "scheduler", "scheduler_config.json")));
        return SchedulerOptions.Parse(recorded.GetProperty("scheduler").GetProperty("id").GetString()!).Over(model);
    }
}
