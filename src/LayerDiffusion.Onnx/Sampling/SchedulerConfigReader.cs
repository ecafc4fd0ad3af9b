using System.Text.Json;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Reads values from a scheduler_config.json; a missing key and a null give null, a wrong type an exception that names the key.</summary>
internal sealed class SchedulerConfigReader
{
    private const string ClassKey = "_class_name";

    private readonly JsonElement config;

    public SchedulerConfigReader(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"The scheduler config is {Describe(config)}, wanted an object.");
        }

        this.config = config;
        if (this.Boolean("use_flow_sigmas") == true)
        {
            throw new FormatException("The scheduler config sets 'use_flow_sigmas'; flow-matching models need FlowMatchEulerDiscreteScheduler here.");
        }
    }

    /// <summary>Python writes numbers that are not finite as bare words; puts them into quotes, outside strings.</summary>
    public static byte[] QuoteBareNumbers(ReadOnlySpan<byte> utf8Json)
    {
        List<byte> quoted = new(utf8Json.Length + 16);
        bool inString = false;
        for (int i = 0; i < utf8Json.Length; i++)
        {
            ReadOnlySpan<byte> rest = utf8Json[i..];
            int length = inString ? 0 : rest.StartsWith("-Infinity"u8) ? 9 : rest.StartsWith("Infinity"u8) ? 8 : rest.StartsWith("NaN"u8) ? 3 : 0;
            if (length > 0)
            {
                quoted.AddRange(length == 9 ? "\"-inf\""u8 : length == 8 ? "\"inf\""u8 : "null"u8);
                i += length - 1;
                continue;
            }

            quoted.Add(utf8Json[i]);
            if (inString && utf8Json[i] == '\\' && i + 1 < utf8Json.Length)
            {
                quoted.Add(utf8Json[++i]);
            }
            else if (utf8Json[i] == '"')
            {
                inString = !inString;
            }
        }

        return [.. quoted];
    }

    public SchedulerType? Type() => this.UnknownClass() is string name
        ? throw new FormatException($"'{ClassKey}' is '{name}', wanted one of: {string.Join(", ", SchedulerType.All.Select(type => type.ClassName))}.")
        : SchedulerType.All.FirstOrDefault(type => type.ClassName == this.Text(ClassKey));

    /// <summary>The name of the class where it is none of those known here.</summary>
    public string? UnknownClass() =>
        this.Text(ClassKey) is string name && !SchedulerType.All.Any(type => type.ClassName == name) ? name : null;

    public SigmaSpacing? SigmaSpacing()
    {
        SigmaSpacing? spacing = this.Word("sigma_schedule", SchedulerConfigWords.SigmaSchedules);
        foreach ((string key, SigmaSpacing value) in SchedulerConfigWords.SigmaSpacingSwitches.Entries)
        {
            bool? on = this.Boolean(key);
            if (on == true && spacing is not null && spacing != Sampling.SigmaSpacing.Model)
            {
                throw new FormatException($"'{key}' is true beside another spacing of sigmas, wanted one at most.");
            }

            spacing = on switch
            {
                true => value,
                false => spacing ?? Sampling.SigmaSpacing.Model,
                null => spacing,
            };
        }

        return spacing;
    }

    public bool? Boolean(string key) => this.Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        JsonElement other => throw Wrong(key, other, "true or false"),
    };

    public int? Integer(string key) => this.Find(key) switch
    {
        null => null,
        JsonElement value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Wrong(key, value, "a whole number"),
    };

    public double? Number(string key) => this.Find(key) is JsonElement value ? Number(key, value) : null;

    public IReadOnlyList<double>? Numbers(string key) => this.List(key) is JsonElement list ? [.. list.EnumerateArray().Select(value => Number(key, value))] : null;

    public IReadOnlyList<int>? Integers(string key) => this.List(key) is JsonElement list
        ? [.. list.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Wrong(key, value, "whole numbers"))]
        : null;

    public T? Word<T>(string key, ConfigWords<T> words)
        where T : struct, Enum
    {
        return this.Text(key) is string word ? words.ValueOf(word) ?? throw new FormatException($"'{key}' is '{word}', wanted one of: {words}.") : null;
    }

    private static double Number(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out double number) => number,
        JsonValueKind.String when value.ValueEquals("inf") => double.PositiveInfinity,
        JsonValueKind.String when value.ValueEquals("-inf") => double.NegativeInfinity,
        _ => throw Wrong(key, value, "a number"),
    };

    private static FormatException Wrong(string key, JsonElement value, string wanted) => new($"'{key}' is {Describe(value)}, wanted {wanted}.");

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the text '{Shortened(value.GetString()!)}'",
        _ => Shortened(value.GetRawText()),
    };

    private static string Shortened(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private string? Text(string key) => this.Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        JsonElement other => throw Wrong(key, other, "a text"),
    };

    private JsonElement? List(string key) => this.Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list => list,
        JsonElement other => throw Wrong(key, other, "a list"),
    };

    private JsonElement? Find(string key) => this.config.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
