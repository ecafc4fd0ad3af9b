using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <summary>
/// Says of a result what its picture's file should say. What <see cref="GenerationMetadata"/> has no property for is among its extras: by the option's name, as JSON, and only
/// if it is not the default.
/// </summary>
internal static class GenerationDescription
{
    public static GenerationMetadata Of(GenerationResult result)
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
            Strength = options.Strength,
            LibraryVersion = (typeof(GenerationDescription).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty).Split('+')[0],
            Extras = Extras(options),
        };
    }

    private static Dictionary<string, string> Extras(GenerationOptions options)
    {
        GenerationOptions defaults = new();
        Dictionary<string, string> extras = new(StringComparer.Ordinal);
        if (options.NegativePrompt is { Length: 0 })
        {
            // Not the same as none: SDXL then encodes an empty prompt.
            extras["negativePrompt"] = "\"\"";
        }

        if (options.Guidance != defaults.Guidance)
        {
            extras["guidance"] = WriteJson(json => WriteGuidance(json, options.Guidance));
        }

        if (options.Prompting != defaults.Prompting)
        {
            extras["prompting"] = WriteJson(json => WritePrompting(json, options.Prompting));
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

    private static string Word<T>(T value)
        where T : struct, Enum => $"\"{JsonNamingPolicy.CamelCase.ConvertName(value.ToString())}\"";

    private static string WriteJson(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
