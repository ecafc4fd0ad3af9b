using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Delivery;

namespace LayerDiffusion.Cli.Requests;

/// <summary>
/// What a picture says about its making, and the request that makes it again. What <see cref="GenerationMetadata"/> has no property for is among its
/// extras: by the request's key, as JSON, and only if it is not the default. The method is there if more than a prompt was given.
/// </summary>
internal static class RequestMetadata
{
    private const string MethodKey = "method";

    private static readonly string[] ExtraKeys = ["negativePrompt", "guidance", "prompting", "clipSkip", "count", "batchSeeding", "alphaAugmentation", "noiseGenerator", "variationSeed", "variationStrength", "tileSize", "tileOverlap"];

    /// <summary>Describes how a picture was made.</summary>
    public static GenerationMetadata Describe(GenerationResult result, GenerationRequest request)
    {
        GenerationMetadata metadata = result.Describe();
        return request.Mode.Unet is null || request.Inputs.Given.Count > 0
            ? metadata with { Extras = new Dictionary<string, string>(metadata.Extras, StringComparer.Ordinal) { [MethodKey] = request.Mode.Name } }
            : metadata;
    }

    /// <summary>Writes the request that makes a picture again.</summary>
    /// <param name="metadata">What the picture says.</param>
    /// <param name="model">The model package's path; <see langword="null"/> for the embedded one.</param>
    /// <returns>JSON of several lines.</returns>
    /// <exception cref="FormatException">The picture tells of something that cannot be read, or of a mode that is unknown.</exception>
    public static string ToRequest(GenerationMetadata metadata, string? model)
    {
        if (metadata.Extras.TryGetValue(MethodKey, out string? method))
        {
            throw new FormatException($"The picture was made by {method}, of more than a picture can tell; its request has to be written anew.");
        }

        GenerationMode mode = metadata.Mode.Length == 0
            ? GenerationMode.All[0]
            : GenerationMode.All.FirstOrDefault(known => known.Unet == metadata.Mode)
                ?? throw new FormatException($"The picture was made by mode '{metadata.Mode}'; known are {string.Join(", ", GenerationMode.All.Select(known => known.Unet).OfType<string>())}.");
        return WriteJson(json =>
        {
            json.WriteStartObject();
            json.WriteString("mode", mode.Name);
            if (model is not null)
            {
                json.WriteString("model", model);
            }

            json.WriteString("prompt", metadata.Prompt);
            if (metadata.NegativePrompt.Length > 0)
            {
                json.WriteString("negativePrompt", metadata.NegativePrompt);
            }

            if (metadata.Width > 0 && metadata.Height > 0)
            {
                json.WriteNumber("width", metadata.Width);
                json.WriteNumber("height", metadata.Height);
            }

            if (metadata.Steps > 0)
            {
                json.WriteNumber("steps", metadata.Steps);
                json.WriteNumber("guidanceScale", metadata.GuidanceScale);
            }

            json.WriteNumber("seed", metadata.Seed);
            WriteScheduler(json, metadata);
            foreach (string key in ExtraKeys)
            {
                if (metadata.Extras.TryGetValue(key, out string? value))
                {
                    WriteExtra(json, key, value);
                }
            }

            json.WriteEndObject();
        });
    }

    private static void WriteScheduler(Utf8JsonWriter json, GenerationMetadata metadata)
    {
        if (metadata.SchedulerConfig.Length > 0)
        {
            json.WritePropertyName("scheduler");
            json.WriteRawValue(metadata.SchedulerConfig);
        }
        else if (metadata.Scheduler.Length > 0)
        {
            json.WriteString("scheduler", metadata.Scheduler);
        }
    }

    private static void WriteExtra(Utf8JsonWriter json, string key, string value)
    {
        if (key == "negativePrompt" && value != "\"\"")
        {
            return;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(value);
            json.WritePropertyName(key);
            document.RootElement.WriteTo(json);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"What the picture says about {key} is '{value}'; wanted JSON.", exception);
        }
    }

    private static string WriteJson(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
