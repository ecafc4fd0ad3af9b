using System.Globalization;
using System.Text;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>
/// Reads a Godot 4 text resource by its documented grammar, strictly: a heading <c>gd_resource</c> of format 3 whose <c>load_steps</c> counts all resources, then
/// <c>ext_resource</c>s, <c>sub_resource</c>s and the resource, with assignments of Variants. Properties must be those of the classes' documentation.
/// </summary>
internal sealed class GodotResource
{
    private static readonly Dictionary<string, string[]> Known = new()
    {
        ["AtlasTexture"] = ["atlas", "region", "margin", "filter_clip"],
        ["StyleBoxTexture"] = ["texture", "texture_margin_left", "texture_margin_top", "texture_margin_right", "texture_margin_bottom", "region_rect"],
        ["SpriteFrames"] = ["animations"],
    };

    private readonly string text;
    private readonly Dictionary<string, string> externals = [];
    private int at;

    private GodotResource(string text) => this.text = text;

    public string Type { get; private set; } = string.Empty;

    public Dictionary<string, object?> Properties { get; private set; } = [];

    public Dictionary<string, Dictionary<string, object?>> SubResources { get; } = [];

    public static GodotResource Read(string text)
    {
        GodotResource resource = new(text);
        Dictionary<string, object?> heading = resource.Tag("gd_resource");
        Assert.Equal(3.0, heading["format"]);
        resource.Type = Assert.IsType<string>(heading["type"]);
        while (resource.Next() == '[')
        {
            if (resource.TryTag("ext_resource", out Dictionary<string, object?> external))
            {
                Assert.Empty(resource.SubResources);
                Assert.Equal("Texture2D", external["type"]);
                resource.externals.Add(Assert.IsType<string>(external["id"]), Assert.IsType<string>(external["path"]));
            }
            else if (resource.TryTag("sub_resource", out Dictionary<string, object?> inner))
            {
                resource.SubResources.Add(Assert.IsType<string>(inner["id"]), resource.Assignments(Assert.IsType<string>(inner["type"])));
            }
            else
            {
                Assert.Empty(resource.Tag("resource"));
                resource.Properties = resource.Assignments(resource.Type);
                Assert.Equal('\0', resource.Next());
            }
        }

        Assert.Equal(resource.externals.Count + resource.SubResources.Count + 1.0, heading["load_steps"]);
        return resource;
    }

    /// <summary>The sprite of an AtlasTexture: the margin's position is what is missing at the left and top, its size what is missing on both sides.</summary>
    public ConsumedSprite AtlasTexture(string folder, Dictionary<string, object?> properties)
    {
        double[] region = Rect(properties["region"]);
        double[] margin = properties.TryGetValue("margin", out object? given) ? Rect(given) : [0, 0, 0, 0];
        Assert.Equal(true, properties["filter_clip"]);
        return ConsumedSprite.Upright(
            this.PageOf(folder, properties["atlas"]),
            (int)region[0],
            (int)region[1],
            [(int)margin[0], (int)margin[1], (int)region[2], (int)region[3]],
            [(int)(region[2] + margin[2]), (int)(region[3] + margin[3])]);
    }

    /// <summary>The sprite of a StyleBoxTexture.</summary>
    public ConsumedSprite StyleBox(string folder)
    {
        double[] region = Rect(this.Properties["region_rect"]);
        int Margin(string side) => (int)Assert.IsType<double>(this.Properties["texture_margin_" + side]);
        return ConsumedSprite.Upright(
            this.PageOf(folder, this.Properties["texture"]), (int)region[0], (int)region[1], [0, 0, (int)region[2], (int)region[3]], [(int)region[2], (int)region[3]]) with
        {
            Borders = [Margin("left"), Margin("top"), Margin("right"), Margin("bottom")],
        };
    }

    private static double[] Rect(object? value)
    {
        Call call = Assert.IsType<Call>(value);
        Assert.Equal("Rect2", call.Name);
        Assert.Equal(4, call.Arguments.Count);
        return [.. call.Arguments.Select(argument => Assert.IsType<double>(argument))];
    }

    /// <summary>A path that names no file system is looked for beside the resource; the pages are called sheet.png, or sheet-0.png and so on.</summary>
    private int PageOf(string folder, object? reference)
    {
        string path = this.externals[Assert.IsType<Call>(reference).Single("ExtResource")];
        Assert.DoesNotContain("://", path, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, path)), path);
        return path == "sheet.png" ? 0 : int.Parse(path.AsSpan()["sheet-".Length..^".png".Length], CultureInfo.InvariantCulture);
    }

    private Dictionary<string, object?> Tag(string name)
    {
        Assert.True(this.TryTag(name, out Dictionary<string, object?> fields), $"There is no [{name}] at {this.at}.");
        return fields;
    }

    private bool TryTag(string name, out Dictionary<string, object?> fields)
    {
        fields = [];
        this.Next();
        string opening = "[" + name;
        if (!this.text.AsSpan(this.at).StartsWith(opening, StringComparison.Ordinal) || char.IsAsciiLetter(this.text[this.at + opening.Length]) || this.text[this.at + opening.Length] == '_')
        {
            return false;
        }

        this.at += opening.Length;
        while (this.Next() != ']')
        {
            string field = this.Word();
            this.Take('=');
            fields.Add(field, this.Value());
        }

        this.at++;
        return true;
    }

    private Dictionary<string, object?> Assignments(string type)
    {
        Dictionary<string, object?> properties = [];
        while (this.Next() is not '[' and not '\0')
        {
            string name = this.Word();
            Assert.Contains(name, Known[type]);
            this.Take('=');
            properties.Add(name, this.Value());
        }

        return properties;
    }

    private object? Value()
    {
        char next = this.Next();
        if (next == '&')
        {
            this.at++;
            Assert.Equal('"', this.text[this.at]);
            next = '"';
        }

        if (next == '"')
        {
            return this.Quoted();
        }

        if (next is '-' or (>= '0' and <= '9'))
        {
            int start = this.at;
            while (this.text[this.at] is '-' or '.' or (>= '0' and <= '9'))
            {
                this.at++;
            }

            return double.Parse(this.text.AsSpan(start, this.at - start), CultureInfo.InvariantCulture);
        }

        if (next == '[')
        {
            return this.Items('[', ']');
        }

        if (next == '{')
        {
            return this.Pairs();
        }

        string word = this.Word();
        return word is "true" or "false" ? word == "true" : new Call(word, this.Items('(', ')'));
    }

    private Dictionary<string, object?> Pairs()
    {
        Dictionary<string, object?> pairs = [];
        this.Take('{');
        while (this.Next() != '}')
        {
            string key = Assert.IsType<string>(this.Value());
            this.Take(':');
            pairs.Add(key, this.Value());
            this.Comma('}');
        }

        this.at++;
        return pairs;
    }

    private List<object?> Items(char open, char close)
    {
        List<object?> items = [];
        this.Take(open);
        while (this.Next() != close)
        {
            items.Add(this.Value());
            this.Comma(close);
        }

        this.at++;
        return items;
    }

    private void Comma(char close)
    {
        if (this.Next() != close)
        {
            this.Take(',');
            Assert.NotEqual(close, this.Next());
        }
    }

    private string Quoted()
    {
        StringBuilder result = new();
        for (this.at++; this.text[this.at] != '"'; this.at++)
        {
            if (this.text[this.at] == '\\')
            {
                this.at++;
                Assert.Contains(this.text[this.at], "\"\\");
            }

            result.Append(this.text[this.at]);
        }

        this.at++;
        return result.ToString();
    }

    private string Word()
    {
        this.Next();
        int start = this.at;
        while (char.IsAsciiLetterOrDigit(this.text[this.at]) || this.text[this.at] == '_')
        {
            this.at++;
        }

        Assert.True(this.at > start, $"There is no name at {this.at}.");
        return this.text[start..this.at];
    }

    private void Take(char wanted)
    {
        Assert.Equal(wanted, this.Next());
        this.at++;
    }

    /// <summary>Skips white space and gives the next character, or NUL at the end.</summary>
    private char Next()
    {
        while (this.at < this.text.Length && this.text[this.at] is ' ' or '\n')
        {
            this.at++;
        }

        return this.at < this.text.Length ? this.text[this.at] : '\0';
    }

    /// <summary>A constructor such as <c>Rect2(0, 0, 1, 1)</c>.</summary>
    internal sealed record Call(string Name, List<object?> Arguments)
    {
        /// <summary>Gets the one text that a constructor of this name has.</summary>
        public string Single(string name)
        {
            Assert.Equal(name, this.Name);
            return Assert.IsType<string>(Assert.Single(this.Arguments));
        }
    }
}
