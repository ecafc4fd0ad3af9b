using System.Text.Json;

namespace LayerDiffusion.Cli.Requests;

/// <summary>Reads a JSON object of which every key must be known. A null counts as left out.</summary>
internal sealed class RequestFields
{
    private readonly JsonElement element;
    private readonly Func<string, string> nameOf;
    private readonly string prefix;
    private readonly List<string> known = [];

    /// <summary>Initializes a new instance of the <see cref="RequestFields"/> class.</summary>
    /// <param name="element">The object.</param>
    /// <param name="nameOf">What the user calls a key.</param>
    /// <param name="path">The object's own key; empty for the request itself.</param>
    /// <exception cref="UsageException">It is no object.</exception>
    public RequestFields(JsonElement element, Func<string, string> nameOf, string path = "")
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new UsageException($"{(path.Length == 0 ? "The request" : nameOf(path))} is {Describe(element)}; wanted a JSON object.");
        }

        this.element = element;
        this.nameOf = nameOf;
        this.prefix = path.Length == 0 ? string.Empty : path + ".";
    }

    /// <summary>Gets the keys that are there.</summary>
    public IEnumerable<string> Keys => this.element.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null).Select(property => property.Name);

    /// <summary>Any value.</summary>
    public JsonElement? Any(string key)
    {
        this.known.Add(key);
        return this.element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A text.</summary>
    public string? Text(string key)
    {
        if (this.Any(key) is not { } value)
        {
            return null;
        }

        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : throw this.Wrong(key, value, "a text");
        }
        catch (InvalidOperationException)
        {
            throw this.Wrong(key, value, "a text in Unicode");
        }
    }

    /// <summary>A text that is not empty.</summary>
    public string? Path(string key) =>
        this.Text(key) is { } text ? text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal) ? text : throw this.Wrong(key, text, "a path") : null;

    /// <summary>A list of texts that are not empty; none where the key is absent.</summary>
    public IReadOnlyList<string> Paths(string key)
    {
        if (this.Any(key) is not { } value)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(entry => entry.ValueKind == JsonValueKind.String && entry.GetString()!.Length > 0)
            ? [.. value.EnumerateArray().Select(entry => entry.GetString()!)]
            : throw this.Wrong(key, value, "a list of paths");
    }

    /// <summary>A whole number of 32 bits.</summary>
    public int? Integer(string key) => this.Any(key) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw this.Wrong(key, value, "a whole number")
        : null;

    /// <summary>A whole number of 64 bits.</summary>
    public long? Long(string key) => this.Any(key) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : throw this.Wrong(key, value, "a whole number of 64 bits")
        : null;

    /// <summary>A number.</summary>
    public double? Number(string key) => this.Any(key) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) ? number : throw this.Wrong(key, value, "a number")
        : null;

    /// <summary>True or false.</summary>
    public bool? Flag(string key) => this.Any(key) is { } value
        ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw this.Wrong(key, value, "true or false")
        : null;

    /// <summary>One of the names of an enumeration, in camelCase; case does not count.</summary>
    public T? Word<T>(string key)
        where T : struct, Enum
    {
        if (this.Text(key) is not { } text)
        {
            return null;
        }

        foreach (T value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw this.Wrong(key, text, $"one of {string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName))}");
    }

    /// <summary>An object.</summary>
    public RequestFields? Object(string key) => this.Any(key) is { } value ? new RequestFields(value, this.nameOf, this.prefix + key) : null;

    /// <summary>Refuses keys that nothing has asked for; comes last.</summary>
    /// <exception cref="UsageException">There is one; the message names it and the known ones.</exception>
    public void RefuseOthers()
    {
        foreach (JsonProperty property in this.element.EnumerateObject())
        {
            if (!this.known.Contains(property.Name))
            {
                throw new UsageException($"'{this.prefix}{property.Name}' is no key of a request; known are {string.Join(", ", this.known.Select(key => this.prefix + key))}.");
            }
        }
    }

    /// <summary>What to throw when a text is not what is wanted.</summary>
    public UsageException Wrong(string key, string found, string wanted) => new($"{this.nameOf(this.prefix + key)} is '{found}'; wanted {wanted}.");

    /// <summary>What to throw when a value means nothing.</summary>
    public UsageException Faulty(string key, string reason) => new($"{this.nameOf(this.prefix + key)}: {reason}");

    private static string Describe(JsonElement value)
    {
        const int Longest = 60;
        string text = value.GetRawText();
        return text.Length <= Longest ? text : text[..Longest] + "…";
    }

    private UsageException Wrong(string key, JsonElement value, string wanted) => new($"{this.nameOf(this.prefix + key)} is {Describe(value)}; wanted {wanted}.");
}
