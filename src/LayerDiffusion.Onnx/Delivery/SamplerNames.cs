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
        bool karras = false;
        if (data.SchedulerConfig.Length > 0)
        {
            using JsonDocument config = GenerationMetadataJson.SchedulerConfigOf(data);
            JsonElement root = config.RootElement;
            algorithm = root.TryGetProperty("algorithm_type", out JsonElement type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : string.Empty;
            karras = root.TryGetProperty("use_karras_sigmas", out JsonElement use) && use.ValueKind == JsonValueKind.True;
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
        return name is null ? data.Scheduler : karras ? name + " Karras" : name;
    }
}
