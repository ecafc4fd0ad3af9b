using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>The text form in which the AUTOMATIC1111 web UI says how a picture was made, written and read by the rules of its own code.</summary>
internal static class GenerationParameters
{
    private const string NegativePrefix = "Negative prompt:";
    private const string LibraryPrefix = "LayerDiffusion.Onnx ";
    private static readonly string[] OwnNames = ["Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Denoising strength", "Mode", "Negative prompt"];

    public static string Write(GenerationMetadata data)
    {
        StringBuilder text = new();
        text.Append(Lines(data.Prompt)).Append('\n');
        if (data.NegativePrompt.Length > 0)
        {
            text.Append(NegativePrefix).Append(' ').Append(Lines(data.NegativePrompt)).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"Steps: {data.Steps}");
        Pair(text, "Sampler", SamplerNames.Of(data));
        Pair(text, "CFG scale", data.GuidanceScale.ToString(CultureInfo.InvariantCulture));
        Pair(text, "Seed", data.Seed.ToString(CultureInfo.InvariantCulture));
        Pair(text, "Size", string.Create(CultureInfo.InvariantCulture, $"{data.Width}x{data.Height}"));
        Pair(text, "Model", data.Model);
        Pair(text, "Denoising strength", data.Strength?.ToString(CultureInfo.InvariantCulture) ?? string.Empty);
        Pair(text, "Mode", data.Mode);
        foreach (string name in GenerationMetadataJson.SortedNames(data))
        {
            if (!IsName(name) || Array.IndexOf(OwnNames, name) >= 0 || (name == "Version" && data.LibraryVersion.Length > 0))
            {
                throw new InvalidOperationException($"The name '{name}' in Extras cannot be written: it is taken, or has other characters than letters, digits, underscores, spaces, dashes and slashes.");
            }

            Pair(text, name, data.Extras[name]);
        }

        Pair(text, "Version", data.LibraryVersion.Length == 0 ? string.Empty : LibraryPrefix + data.LibraryVersion);

        // PNG texts cannot hold zeros.
        return text.Replace("\0", string.Empty).ToString();
    }

    public static GenerationMetadata Read(string text)
    {
        string[] lines = text.Trim().Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        List<(string Name, string Value)> pairs = Pairs(lines[^1]);
        bool hasPairs = pairs.Count >= 3;
        StringBuilder prompt = new();
        StringBuilder negative = new();
        StringBuilder current = prompt;
        for (int i = 0; i < lines.Length - (hasPairs ? 1 : 0); i++)
        {
            string line = lines[i].Trim();
            if (line.StartsWith(NegativePrefix, StringComparison.Ordinal))
            {
                current = negative;
                line = line[NegativePrefix.Length..].Trim();
            }

            current.Append(current.Length == 0 ? string.Empty : "\n").Append(line);
        }

        GenerationMetadata data = new() { Prompt = prompt.ToString(), NegativePrompt = negative.ToString() };
        Dictionary<string, string> extras = new(StringComparer.Ordinal);
        foreach ((string name, string value) in hasPairs ? pairs : [])
        {
            data = name switch
            {
                "Steps" => data with { Steps = Whole(name, value) },
                "Sampler" => data with { Scheduler = value },
                "CFG scale" => data with { GuidanceScale = Number(name, value) },
                "Seed" => data with { Seed = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seed) ? seed : throw Bad(name, value) },
                "Size" => WithSize(data, value),
                "Model" => data with { Model = value },
                "Mode" => data with { Mode = value },
                "Denoising strength" => data with { Strength = Number(name, value) },
                "Version" when value.StartsWith(LibraryPrefix, StringComparison.Ordinal) => data with { LibraryVersion = value[LibraryPrefix.Length..] },
                _ => Other(data, extras, name, value),
            };
        }

        return data with { Extras = extras };
    }

    private static GenerationMetadata Other(GenerationMetadata data, Dictionary<string, string> extras, string name, string value)
    {
        extras[name] = value;
        return data;
    }

    private static void Pair(StringBuilder text, string name, string value)
    {
        if (value.Length > 0)
        {
            text.Append(", ").Append(name).Append(": ").Append(Quote(value));
        }
    }

    /// <summary>Puts a value that has separators in it into quotes, as a JSON string.</summary>
    private static string Quote(string value)
    {
        bool plain = value.AsSpan().IndexOfAny(",:\n\r\"") < 0 && value.Trim().Length == value.Length;
        return plain ? value : $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
    }

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Trim();

    private static bool IsName(string name)
    {
        bool valid = name.Length >= 2 && (char.IsLetterOrDigit(name[0]) || name[0] == '_') && name[^1] != ' ';
        foreach (char c in name)
        {
            valid &= char.IsLetterOrDigit(c) || c is '_' or ' ' or '-' or '/';
        }

        return valid;
    }

    /// <summary>Splits a line into its pairs: a name, a colon, and a JSON string or everything up to the next comma.</summary>
    private static List<(string Name, string Value)> Pairs(string line)
    {
        List<(string, string)> pairs = [];
        int at = 0;
        while (at < line.Length)
        {
            int colon = line.IndexOf(':', at);
            if (colon < 0)
            {
                break;
            }

            // What stands before a comma within the name belongs to no pair.
            int start = line.LastIndexOf(',', colon, colon - at) + 1;
            string name = line[Math.Max(start, at)..colon].Trim();
            int value = colon + 1;
            while (value < line.Length && line[value] == ' ')
            {
                value++;
            }

            int end = value < line.Length && line[value] == '"' ? QuotedEnd(line, value) : -1;
            end = end < 0 ? line.IndexOf(',', value) : end;
            end = end < 0 ? line.Length : end;
            if (IsName(name))
            {
                pairs.Add((name, Unquote(line[value..end].Trim())));
            }

            at = end + 1;
        }

        return pairs;
    }

    /// <summary>Gets the place behind a string in quotes, or -1 if it does not end before a comma or the line's end.</summary>
    private static int QuotedEnd(string line, int start)
    {
        for (int i = start + 1; i < line.Length; i++)
        {
            if (line[i] == '\\')
            {
                i++;
            }
            else if (line[i] == '"')
            {
                return i + 1 == line.Length || line[i + 1] == ',' ? i + 1 : -1;
            }
        }

        return -1;
    }

    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] != '"' || value[^1] != '"')
        {
            return value;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(value);
            return document.RootElement.GetString()!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            return value;
        }
    }

    private static GenerationMetadata WithSize(GenerationMetadata data, string value)
    {
        int cross = value.IndexOf('x', StringComparison.Ordinal);
        return cross > 0 ? data with { Width = Whole("Size", value[..cross]), Height = Whole("Size", value[(cross + 1)..]) } : throw Bad("Size", value);
    }

    private static int Whole(string name, string value) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Bad(name, value);

    private static double Number(string name, string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : throw Bad(name, value);

    private static FormatException Bad(string name, string value) => new($"The parameter '{name}' is '{value}', which is no number of its kind.");
}
