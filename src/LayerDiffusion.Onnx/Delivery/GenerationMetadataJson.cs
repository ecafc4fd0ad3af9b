using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Our JSON about how a picture was made. Names are those of diffusers' pipelines; the seed is a string because it may exceed 53 bits.</summary>
internal static class GenerationMetadataJson
{
    private static readonly JsonWriterOptions Format = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(GenerationMetadata data)
    {
        if (!double.IsFinite(data.GuidanceScale) || !double.IsFinite(data.Strength ?? 0))
        {
            throw new InvalidOperationException("GuidanceScale or Strength is not finite.");
        }

        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Format))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteString("prompt", data.Prompt);
            json.WriteString("negative_prompt", data.NegativePrompt);
            json.WriteString("seed", data.Seed.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("num_inference_steps", data.Steps);
            json.WriteNumber("guidance_scale", data.GuidanceScale);
            json.WriteNumber("width", data.Width);
            json.WriteNumber("height", data.Height);
            json.WriteString("scheduler", data.Scheduler);
            if (data.SchedulerConfig.Length > 0)
            {
                using JsonDocument config = SchedulerConfigOf(data);
                json.WritePropertyName("scheduler_config");
                config.RootElement.WriteTo(json);
            }

            json.WriteString("model", data.Model);
            json.WriteString("mode", data.Mode);
            if (data.Strength is { } strength)
            {
                json.WriteNumber("strength", strength);
            }

            json.WriteString("library_version", data.LibraryVersion);
            WriteExtras(json, data);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    public static GenerationMetadata Read(string text)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new FormatException($"The text about the picture's making is no JSON: {error.Message}", error);
        }

        using (document)
        {
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"The text about the picture's making is a JSON {root.ValueKind}; wanted an object.");
            }

            int version = (int)Number(root, "version", integer: true);
            if (version != 1)
            {
                throw new FormatException($"The field 'version' is {version}; wanted 1.");
            }

            return new GenerationMetadata
            {
                Prompt = Text(root, "prompt"),
                NegativePrompt = Text(root, "negative_prompt"),
                Seed = Seed(root),
                Steps = (int)Number(root, "num_inference_steps", integer: true),
                GuidanceScale = Number(root, "guidance_scale", integer: false),
                Width = (int)Number(root, "width", integer: true),
                Height = (int)Number(root, "height", integer: true),
                Scheduler = Text(root, "scheduler"),
                SchedulerConfig = Config(root),
                Model = Text(root, "model"),
                Mode = Text(root, "mode"),
                Strength = root.TryGetProperty("strength", out JsonElement strength) && strength.ValueKind != JsonValueKind.Null ? Number(root, "strength", integer: false) : null,
                LibraryVersion = Text(root, "library_version"),
                Extras = Extras(root),
            };
        }
    }

    /// <summary>Parses the scheduler's settings.</summary>
    public static JsonDocument SchedulerConfigOf(GenerationMetadata data)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(data.SchedulerConfig);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException error)
        {
            throw new InvalidOperationException($"SchedulerConfig is no JSON: {error.Message}", error);
        }

        throw new InvalidOperationException("SchedulerConfig is no JSON object.");
    }

    private static void WriteExtras(Utf8JsonWriter json, GenerationMetadata data)
    {
        if (data.Extras.Count == 0)
        {
            return;
        }

        json.WriteStartObject("extras");
        foreach (string name in SortedNames(data))
        {
            json.WriteString(name, data.Extras[name]);
        }

        json.WriteEndObject();
    }

    /// <summary>Gets the names of further values in a stable order.</summary>
    public static List<string> SortedNames(GenerationMetadata data)
    {
        List<string> names = [.. data.Extras.Keys];
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private static string Text(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value))
        {
            return string.Empty;
        }

        return value.ValueKind == JsonValueKind.String ? String(value, name) : throw new FormatException($"The field '{name}' is a JSON {value.ValueKind}; wanted a string.");
    }

    private static string String(JsonElement value, string name)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw new FormatException($"The field '{name}' is no valid text: {error.Message}", error);
        }
    }

    private static double Number(JsonElement root, string name, bool integer)
    {
        if (!root.TryGetProperty(name, out JsonElement value))
        {
            return 0;
        }

        double number = 0;
        bool valid = value.ValueKind == JsonValueKind.Number && (integer ? value.TryGetInt32(out int whole) && (number = whole) == whole : value.TryGetDouble(out number) && double.IsFinite(number));
        return valid ? number : throw new FormatException($"The field '{name}' is '{value.GetRawText()}'; wanted a {(integer ? "whole " : string.Empty)}number.");
    }

    private static long Seed(JsonElement root)
    {
        if (!root.TryGetProperty("seed", out JsonElement value))
        {
            return 0;
        }

        if ((value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long seed))
            || (value.ValueKind == JsonValueKind.String && long.TryParse(String(value, "seed"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out seed)))
        {
            return seed;
        }

        throw new FormatException($"The field 'seed' is '{value.GetRawText()}'; wanted a whole number of 64 bits.");
    }

    private static string Config(JsonElement root)
    {
        if (!root.TryGetProperty("scheduler_config", out JsonElement value))
        {
            return string.Empty;
        }

        return value.ValueKind == JsonValueKind.Object ? value.GetRawText() : throw new FormatException($"The field 'scheduler_config' is a JSON {value.ValueKind}; wanted an object.");
    }

    private static Dictionary<string, string> Extras(JsonElement root)
    {
        Dictionary<string, string> extras = new(StringComparer.Ordinal);
        if (root.TryGetProperty("extras", out JsonElement values))
        {
            if (values.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException($"The field 'extras' is a JSON {values.ValueKind}; wanted an object.");
            }

            foreach (JsonProperty property in values.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.String)
                {
                    throw new FormatException($"The field 'extras.{property.Name}' is a JSON {property.Value.ValueKind}; wanted a string.");
                }

                extras[property.Name] = String(property.Value, "extras." + property.Name);
            }
        }

        return extras;
    }
}
