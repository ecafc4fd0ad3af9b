using System.Globalization;
using System.Text.Json.Nodes;
using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary>An option that stands for a value of a request.</summary>
/// <param name="Name">The name with its dashes.</param>
/// <param name="Placeholder">What stands for its value in help; <see langword="null"/> for an option without a value.</param>
/// <param name="Help">What it does.</param>
/// <param name="Key">The request's key, with a dot between an object's key and that of its value.</param>
/// <param name="ToJson">Turns the text into the request's value; gives <see langword="null"/> where that is impossible.</param>
internal sealed record RequestOption(string Name, string? Placeholder, string Help, string Key, Func<string, JsonValue?> ToJson)
    : CommandOption(Name, Placeholder, Help)
{
    /// <summary>An option whose value is a text.</summary>
    public static RequestOption Text(string name, string placeholder, string help, string key) => new(name, placeholder, help, key, text => JsonValue.Create(text));

    /// <summary>An option whose value is a number.</summary>
    public static RequestOption Number(string name, string help, string key) => new(name, "N", help, key, ParseNumber);

    /// <summary>An option without a value.</summary>
    public static RequestOption Switch(string name, string help, string key, Func<JsonValue> value) => new(name, null, help, key, _ => value());

    private static JsonValue? ParseNumber(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
        {
            return JsonValue.Create(whole);
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? JsonValue.Create(number) : null;
    }
}
