using System.Globalization;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>Reads the fields of one object of stack.json; every error names the file and the field.</summary>
internal sealed class LayerStackJson
{
    private const int MaximumQuote = 100;

    private readonly JsonElement element;

    /// <summary>Initializes a new instance of the <see cref="LayerStackJson"/> class.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">Where the object is in the file, such as <c>layers[2]</c>; "" for the outermost.</param>
    /// <param name="element">The object.</param>
    public LayerStackJson(string path, string place, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"'{path}': {(place.Length == 0 ? "the content" : place)} is a JSON {element.ValueKind}; wanted is an object.");
        }

        this.Path = path;
        this.Place = place;
        this.element = element;
    }

    public string Path { get; }

    public string Place { get; }

    public void CheckNames(params ReadOnlySpan<string> known)
    {
        foreach (JsonProperty property in this.element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw new InvalidDataException($"'{this.Path}': '{Shorten(this.NameOf(property.Name))}' is no field of a layer stack; known are {string.Join(", ", known)}.");
            }
        }
    }

    public LayerStackJson[] Objects(string name, int maximum)
    {
        JsonElement array = this.Required(name);
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() > maximum)
        {
            throw this.Wrong(name, string.Create(CultureInfo.InvariantCulture, $"an array of at most {maximum} objects"));
        }

        List<LayerStackJson> objects = [];
        foreach (JsonElement item in array.EnumerateArray())
        {
            objects.Add(new LayerStackJson(this.Path, string.Create(CultureInfo.InvariantCulture, $"{name}[{objects.Count}]"), item));
        }

        return [.. objects];
    }

    public string Text(string name)
    {
        this.Required(name);
        return this.OptionalText(name) ?? throw this.Wrong(name, "a text");
    }

    public string? OptionalText(string name)
    {
        if (this.Optional(name) is not { } value)
        {
            return null;
        }

        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw this.Wrong(name, "a text");
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException($"'{this.Path}': {this.NameOf(name)} is no valid text: {error.Message}", error);
        }
    }

    public int Whole(string name, int minimum, int maximum)
    {
        this.Required(name);
        return this.Whole(name, minimum, maximum, 0);
    }

    public int Whole(string name, int minimum, int maximum, int otherwise)
    {
        int number = otherwise;
        bool valid = this.Optional(name) is not { } value
            || (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= minimum && number <= maximum);
        return valid ? number : throw this.Wrong(name, string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}"));
    }

    public double Fraction(string name, double otherwise)
    {
        double number = otherwise;
        bool valid = this.Optional(name) is not { } value
            || (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out number) && number is >= 0 and <= 1);
        return valid ? number : throw this.Wrong(name, "a number from 0 to 1");
    }

    public bool Flag(string name, bool otherwise) => this.Optional(name)?.ValueKind switch
    {
        null => otherwise,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw this.Wrong(name, "true or false"),
    };

    /// <summary>Gets an object letter by letter as it is in the file, or "".</summary>
    public string RawObject(string name) => this.Optional(name) switch
    {
        null => string.Empty,
        { ValueKind: JsonValueKind.Object } value => value.GetRawText(),
        _ => throw this.Wrong(name, "an object"),
    };

    /// <summary>Makes the error that says what a field is and what is wanted.</summary>
    public InvalidDataException Wrong(string name, string wanted)
        => new($"'{this.Path}': {this.NameOf(name)} is {Shorten(this.Required(name).GetRawText())}; wanted is {wanted}.");

    private static string Shorten(string text) => text.Length > MaximumQuote ? text[..MaximumQuote] + "…" : text;

    private string NameOf(string name) => this.Place.Length == 0 ? name : $"{this.Place}.{name}";

    private JsonElement Required(string name) => this.element.TryGetProperty(name, out JsonElement value)
        ? value
        : throw new InvalidDataException($"'{this.Path}': {this.NameOf(name)} is missing.");

    // A field that is null counts as one that is not there.
    private JsonElement? Optional(string name) => this.element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
