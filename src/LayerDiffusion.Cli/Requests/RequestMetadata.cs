using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Cli.Requests;

/// <summary>
/// What a picture says about its making, and the request that makes it again. What <see cref="GenerationMetadata"/> has no property for is among its
/// extras: by the request's key, as JSON, and only if it is not the default.
/// </summary>
internal static class RequestMetadata
{
    private const string MethodKey = "method";

    private static readonly string[] ExtraKeys = ["negativePrompt", "guidance", "prompting", "clipSkip", "count", "batchSeeding", "alphaAugmentation", "noiseGenerator", "variationSeed", "variationStrength", "tileSize", "tileOverlap"];

    /// <summary>Describes how a picture was made.</summary>
    public static GenerationMetadata Describe(GenerationResult result, GenerationRequest request)
    {
        GenerationOptions options = result.Options;
        return new GenerationMetadata
        {
            Prompt = result.Prompt,
            NegativePrompt = options.NegativePrompt ?? string.Empty,
            Seed = result.Seed,
            Steps = options.Steps!.Value,
            GuidanceScale = options.GuidanceScale!.Value,
            Width = options.Width!.Value,
            Height = options.Height!.Value,
            Scheduler = options.Scheduler!.Type!.ClassName,
            SchedulerConfig = options.Scheduler.ToConfigJson(),
            Model = result.Model,
            Mode = result.Mode,
            LibraryVersion = (typeof(LayerDiffusionPipeline).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty).Split('+')[0],
            Extras = Extras(options, request),
        };
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
        return WriteJson(indented: true, json =>
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

    private static Dictionary<string, string> Extras(GenerationOptions options, GenerationRequest request)
    {
        GenerationOptions defaults = new();
        Dictionary<string, string> extras = new(StringComparer.Ordinal);
        if (request.Mode.Unet is null || request.Inputs.Given.Count > 0)
        {
            extras[MethodKey] = request.Mode.Name;
        }

        if (options.Strength is { } strength)
        {
            extras["strength"] = strength.ToString(CultureInfo.InvariantCulture);
        }

        if (options.NegativePrompt is { Length: 0 })
        {
            // Not the same as none: SDXL then encodes an empty prompt.
            extras["negativePrompt"] = "\"\"";
        }

        if (options.Guidance != defaults.Guidance)
        {
            extras["guidance"] = WriteJson(indented: false, json => WriteGuidance(json, options.Guidance));
        }

        if (options.Prompting != defaults.Prompting)
        {
            extras["prompting"] = WriteJson(indented: false, json => WritePrompting(json, options.Prompting));
        }

        if (options.ClipSkip != defaults.ClipSkip)
        {
            extras["clipSkip"] = options.ClipSkip.ToString(CultureInfo.InvariantCulture);
        }

        if (options.BatchSeeding != defaults.BatchSeeding)
        {
            // The pictures of one generator come about together or not at all.
            extras["batchSeeding"] = Word(options.BatchSeeding);
            extras["count"] = options.Count.ToString(CultureInfo.InvariantCulture);
        }

        if (options.AlphaAugmentation != defaults.AlphaAugmentation)
        {
            extras["alphaAugmentation"] = Word(options.AlphaAugmentation);
        }

        if (options.NoiseGenerator != defaults.NoiseGenerator)
        {
            extras["noiseGenerator"] = Word(options.NoiseGenerator);
        }

        if (options.VariationSeed is { } variationSeed)
        {
            extras["variationSeed"] = variationSeed.ToString(CultureInfo.InvariantCulture);
            extras["variationStrength"] = options.VariationStrength.ToString(CultureInfo.InvariantCulture);
        }

        if (options.TileSize != defaults.TileSize)
        {
            extras["tileSize"] = options.TileSize.ToString(CultureInfo.InvariantCulture);
            extras["tileOverlap"] = options.TileOverlap.ToString(CultureInfo.InvariantCulture);
        }

        return extras;
    }

    private static void WriteGuidance(Utf8JsonWriter json, GuidanceOptions guidance)
    {
        json.WriteStartObject();
        json.WriteNumber("rescale", guidance.Rescale);
        json.WriteNumber("intervalLow", guidance.IntervalLow);
        if (double.IsFinite(guidance.IntervalHigh))
        {
            json.WriteNumber("intervalHigh", guidance.IntervalHigh);
        }

        if (guidance.PerpendicularNegative is { } weight)
        {
            json.WriteNumber("perpendicularNegative", weight);
        }

        if (guidance.DynamicThresholding is { } thresholding)
        {
            json.WriteStartObject("dynamicThresholding");
            json.WriteNumber("percentile", thresholding.Percentile);
            json.WriteNumber("limit", thresholding.Limit);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WritePrompting(Utf8JsonWriter json, PromptOptions prompting)
    {
        json.WriteStartObject();
        json.WriteString("syntax", JsonNamingPolicy.CamelCase.ConvertName(prompting.Syntax.ToString()));
        json.WriteString("longPrompts", JsonNamingPolicy.CamelCase.ConvertName(prompting.LongPrompts.ToString()));
        json.WriteNumber("commaBacktrack", prompting.CommaBacktrack);
        json.WriteEndObject();
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

    private static string Word<T>(T value)
        where T : struct, Enum => $"\"{JsonNamingPolicy.CamelCase.ConvertName(value.ToString())}\"";

    private static string WriteJson(bool indented, Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
