using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>A value in a JSON file that knows its file and its path, so that every complaint names both.</summary>
internal readonly struct JsonField
{
    private readonly JsonElement element;
    private readonly string fileName;
    private readonly string path;

    private JsonField(JsonElement element, string fileName, string path)
    {
        this.element = element;
        this.fileName = fileName;
        this.path = path;
    }

    /// <summary>Wraps the root of a file, which must be an object.</summary>
    public static JsonField Root(JsonElement element, string fileName)
    {
        JsonField field = new(element, fileName, string.Empty);
        return element.ValueKind == JsonValueKind.Object ? field : throw field.Wrong("a JSON object");
    }

    /// <summary>Finds a member of this object; <see langword="null"/> if it is absent or null.</summary>
    public JsonField? Find(string name)
    {
        if (this.element.ValueKind != JsonValueKind.Object)
        {
            throw this.Wrong("an object");
        }

        return this.element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? new JsonField(value, this.fileName, this.PathOf(name))
            : null;
    }

    /// <summary>Finds a member of this object that must be there.</summary>
    public JsonField Get(string name, string expected) => this.Find(name)
        ?? throw new ModelFormatException(this.fileName, $"{this.PathOf(name)} to be {expected}", "no such field");

    /// <summary>The members of this object.</summary>
    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (this.element.ValueKind != JsonValueKind.Object)
        {
            throw this.Wrong("an object");
        }

        foreach (JsonProperty property in this.element.EnumerateObject())
        {
            yield return (property.Name, new JsonField(property.Value, this.fileName, this.PathOf(property.Name)));
        }
    }

    /// <summary>The items of this array.</summary>
    public IReadOnlyList<JsonField> Items(string expected)
    {
        if (this.element.ValueKind != JsonValueKind.Array)
        {
            throw this.Wrong(expected);
        }

        List<JsonField> items = [];
        foreach (JsonElement item in this.element.EnumerateArray())
        {
            items.Add(new JsonField(item, this.fileName, string.Create(CultureInfo.InvariantCulture, $"{this.path}[{items.Count}]")));
        }

        return items;
    }

    /// <summary>This value as text.</summary>
    public string Text(string expected)
    {
        try
        {
            return this.element.ValueKind == JsonValueKind.String ? this.element.GetString()! : throw this.Wrong(expected);
        }
        catch (InvalidOperationException exception)
        {
            throw new ModelFormatException(this.fileName, $"{this.path} to be {expected}", "text that is not valid Unicode", exception);
        }
    }

    /// <summary>This value as a whole number between two bounds, both allowed.</summary>
    public int Integer(int minimum, int maximum) =>
        this.element.ValueKind == JsonValueKind.Number && this.element.TryGetInt32(out int value) && value >= minimum && value <= maximum
            ? value
            : throw this.Wrong(string.Create(CultureInfo.InvariantCulture, $"a whole number from {minimum} to {maximum}"));

    /// <summary>This value as a number between two bounds, both allowed.</summary>
    public double Number(double minimum, double maximum) =>
        this.element.ValueKind == JsonValueKind.Number && this.element.TryGetDouble(out double value) && value >= minimum && value <= maximum
            ? value
            : throw this.Wrong(string.Create(CultureInfo.InvariantCulture, $"a number from {minimum} to {maximum}"));

    /// <summary>This value as true or false.</summary>
    public bool Boolean() => this.element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw this.Wrong("true or false"),
    };

    /// <summary>This value as JSON in UTF-8, without a byte order mark.</summary>
    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(this.element.GetRawText());

    /// <summary>The exception for a value that is not what it must be.</summary>
    public ModelFormatException Wrong(string expected)
    {
        string subject = this.path.Length == 0 ? expected : $"{this.path} to be {expected}";
        return new ModelFormatException(this.fileName, subject, PackagePath.Shorten(this.element.GetRawText()));
    }

    private string PathOf(string name) => this.path.Length == 0 ? name : $"{this.path}.{name}";
}
