using System.Text.Json;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>What the AUTOMATIC1111 web UI calls the schedulers of diffusers (diffusers' documentation, "Schedulers": table of equivalents).</summary>
internal static class SamplerNames
{
    public static string Of(GenerationMetadata data)
    {
        const string Suffix = "Scheduler";
        string scheduler = data.Scheduler.EndsWith(Suffix, StringComparison.Ordinal) ? data.Scheduler[..^Suffix.Length] : data.Scheduler;
        string algorithm = string.Empty;
        string schedule = string.Empty;
        if (data.SchedulerConfig.Length > 0)
        {
            using JsonDocument config = GenerationMetadataJson.SchedulerConfigOf(data);
            JsonElement root = config.RootElement;
            algorithm = root.TryGetProperty("algorithm_type", out JsonElement type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : string.Empty;
            schedule = IsTrue(root, "use_karras_sigmas") ? " Karras" : IsTrue(root, "use_exponential_sigmas") ? " Exponential" : IsTrue(root, "use_beta_sigmas") ? " Beta" : string.Empty;
        }

        string? name = scheduler switch
        {
            "EulerDiscrete" => "Euler",
            "EulerAncestralDiscrete" => "Euler a",
            "HeunDiscrete" => "Heun",
            "LMSDiscrete" => "LMS",
            "KDPM2Discrete" => "DPM2",
            "KDPM2AncestralDiscrete" => "DPM2 a",
            "DPMSolverMultistep" => algorithm.StartsWith("sde-", StringComparison.Ordinal) ? "DPM++ 2M SDE" : "DPM++ 2M",
            "DPMSolverSDE" => "DPM++ SDE",
            "UniPCMultistep" => "UniPC",
            "PNDM" => "PLMS",
            "DDIM" or "LCM" or "DDPM" or "TCD" => scheduler,
            _ => null,
        };
        return name is null ? data.Scheduler : name + schedule;
    }

    private static bool IsTrue(JsonElement config, string name) => config.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
