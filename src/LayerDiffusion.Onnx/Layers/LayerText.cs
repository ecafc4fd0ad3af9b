using System.Text;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>Checks the texts of a layer, so that every layer of a stack can be saved and read back unchanged.</summary>
internal static class LayerText
{
    // The file around the settings is three levels deep and is read with the usual limit of 64.
    private const int MaximumSettingsDepth = 60;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly JsonDocumentOptions SettingsOptions = new() { MaxDepth = MaximumSettingsDepth, AllowDuplicateProperties = false };

    /// <summary>Makes a name of a prompt, which may be longer than a name and of several lines.</summary>
    public static string ToName(string prompt)
    {
        StringBuilder name = new();
        foreach (Rune letter in prompt.Trim().EnumerateRunes())
        {
            if (name.Length + letter.Utf16SequenceLength > Layer.MaximumNameLength)
            {
                break;
            }

            name.Append(Rune.IsControl(letter) ? " " : letter.ToString());
        }

        return name.ToString().TrimEnd() is { Length: > 0 } line ? line : "layer";
    }

    /// <summary>Checks a text of one line, as ids and names are.</summary>
    public static void CheckLine(string? text, string property)
    {
        Check(text, property);
        if (string.IsNullOrWhiteSpace(text) || text.Length > Layer.MaximumNameLength || text.AsSpan().ContainsAnyInRange('\0', '\x1F') || text.AsSpan().ContainsAnyInRange('\x7F', '\x9F'))
        {
            throw new ArgumentException($"Layer.{property} is blank, longer than {Layer.MaximumNameLength} characters or has a control character.", property);
        }
    }

    /// <summary>Checks that a text is well-formed UTF-16; <see langword="null"/> is.</summary>
    public static void Check(string? text, string property)
    {
        try
        {
            Strict.GetByteCount(text ?? string.Empty);
        }
        catch (EncoderFallbackException error)
        {
            throw new ArgumentException($"Layer.{property} has half a surrogate pair at {error.Index}, which files cannot hold.", property, error);
        }
    }

    /// <summary>Checks that settings are empty or a JSON object.</summary>
    public static void CheckSettings(string? settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Check(settings, nameof(Layer.Settings));
        if (settings.Length == 0)
        {
            return;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(settings, SettingsOptions);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ArgumentException($"Layer.Settings is a JSON {document.RootElement.ValueKind}; wanted is an object.", nameof(settings));
            }
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"Layer.Settings is no JSON: {error.Message}", nameof(settings), error);
        }
    }
}
