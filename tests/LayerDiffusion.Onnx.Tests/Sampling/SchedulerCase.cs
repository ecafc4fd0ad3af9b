using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Sampling;

/// <summary>One recorded run of a diffusers scheduler (tests/fixtures/components/README.md, section schedulers).</summary>
internal sealed class SchedulerCase
{
    private static readonly Lazy<JsonElement> Document = new(() => Fixtures.Json("components", "schedulers", "schedulers.json"));
    private static readonly Lazy<SafetensorsFile> Tensors = new(() => Fixtures.Tensors("components", "schedulers", "schedulers.safetensors"));

    private readonly JsonElement json;

    private SchedulerCase(JsonElement json)
    {
        this.json = json;
        this.Options = ReadOptions(json);
        this.Scheduler = Scheduler.Create(this.Options);
    }

    public static JsonElement Root => Document.Value;

    public static IEnumerable<string> Names => Root.GetProperty("cases").EnumerateArray().Select(item => item.GetProperty("name").GetString()!);

    public SchedulerOptions Options { get; }

    public Scheduler Scheduler { get; }

    public int Steps => this.json.GetProperty("steps").GetInt32();

    public double Strength => this.json.TryGetProperty("strength", out JsonElement strength) ? strength.GetDouble() : 1;

    public bool IsImageToImage => this.json.TryGetProperty("strength", out _);

    public int BeginIndex => this.json.TryGetProperty("begin_index", out JsonElement begin) ? begin.GetInt32() : 0;

    public float InitialNoiseScale => this.json.GetProperty("init_noise_sigma").GetSingle();

    public float[] Timesteps => Floats(this.json.GetProperty("timesteps"));

    public float[]? Sigmas => this.json.TryGetProperty("sigmas", out JsonElement sigmas) ? Floats(sigmas) : null;

    public int[] NoiseAt => [.. this.json.GetProperty("noise_at").EnumerateArray().Select(item => item.GetInt32())];

    /// <summary>Gets what the tolerance of samples is relative to: the largest magnitude, 1 at least.</summary>
    public double Scale => Math.Max(1, this.json.GetProperty("largest_value").GetDouble());

    public static SchedulerCase Of(string name) =>
        new(Root.GetProperty("cases").EnumerateArray().First(item => item.GetProperty("name").GetString() == name));

    public static float[] Read(string tensor) => Tensors.Value.ReadSingle(tensor);

    public static float[] Floats(JsonElement list) => [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number ? item.GetSingle() : float.PositiveInfinity)];

    public static SchedulerOptions ReadOptions(JsonElement item)
    {
        JsonObject config = JsonNode.Parse(Root.GetProperty("common_config").GetRawText())!.AsObject();
        config["_class_name"] = item.GetProperty("scheduler").GetString() + "Scheduler";
        foreach (string part in new[] { "config", "step", "set_timesteps" })
        {
            if (item.TryGetProperty(part, out JsonElement extra))
            {
                foreach (JsonProperty property in extra.EnumerateObject())
                {
                    config[property.Name] = JsonNode.Parse(property.Value.GetRawText());
                }
            }
        }

        return SchedulerOptions.FromConfig(Encoding.UTF8.GetBytes(config.ToJsonString()));
    }

    public SchedulerRun CreateRun(int sampleLength) =>
        this.IsImageToImage ? this.Scheduler.CreateRun(this.Steps, sampleLength, this.Strength) : this.Scheduler.CreateRun(this.Steps, sampleLength);

    public bool Has(string key) => this.json.GetProperty("tensors").EnumerateArray().Any(item => item.GetString() == key);

    public float[] Tensor(string key) => Read(this.json.GetProperty("name").GetString() + "/" + key);

    public INoiseSource Noise(int sampleLength) => new RecordedNoise(this.Has("noise") ? this.Tensor("noise") : [], sampleLength);
}
