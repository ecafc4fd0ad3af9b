using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Cli.Requests;

/// <summary>What a mode works on beside its prompt.</summary>
internal sealed record ModeInputs
{
    private static readonly string[] PathKeys = ["image", "mask", "foreground", "background", "blended", "stack", "latent"];

    /// <summary>Gets the files, and the folder of a stack, by their keys.</summary>
    public IReadOnlyDictionary<string, string> Paths { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Gets the id or the name of a layer; <see langword="null"/> for the top one.</summary>
    public string? Layer { get; init; }

    /// <summary>Gets what the layers of a set show.</summary>
    public LayerPrompts Prompts { get; init; } = new();

    /// <summary>Gets the columns added on the left.</summary>
    public int Left { get; init; }

    /// <summary>Gets the rows added above.</summary>
    public int Top { get; init; }

    /// <summary>Gets the columns added on the right.</summary>
    public int Right { get; init; }

    /// <summary>Gets the rows added below.</summary>
    public int Bottom { get; init; }

    /// <summary>Gets a value indicating whether layers are fitted so that they compose to exactly the composite delivered.</summary>
    public bool Recompose { get; init; }

    /// <summary>Gets the keys that were there.</summary>
    public IReadOnlyList<string> Given { get; init; } = [];

    /// <summary>Reads them.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="locate">Reads a path.</param>
    /// <param name="prompt">The prompt, which is that of every layer of a set.</param>
    public static ModeInputs Read(RequestFields fields, Func<string, string?> locate, string? prompt)
    {
        List<string> given = [];
        Dictionary<string, string> paths = new(StringComparer.Ordinal);
        foreach (string key in PathKeys)
        {
            if (locate(key) is { } path)
            {
                paths.Add(key, path);
                given.Add(key);
            }
        }

        return new ModeInputs
        {
            Paths = paths,
            Layer = Note("layer", fields.Text("layer")),
            Prompts = ReadPrompts(Note("prompts", fields.Object("prompts")), prompt),
            Left = Note("left", fields.Integer("left")) ?? 0,
            Top = Note("top", fields.Integer("top")) ?? 0,
            Right = Note("right", fields.Integer("right")) ?? 0,
            Bottom = Note("bottom", fields.Integer("bottom")) ?? 0,
            Recompose = Note("recompose", fields.Flag("recompose")) ?? false,
            Given = given,
        };

        T Note<T>(string key, T value)
        {
            if (value is not null)
            {
                given.Add(key);
            }

            return value;
        }
    }

    /// <summary>Checks that all is there that a mode needs, and nothing that it has no use for.</summary>
    /// <exception cref="UsageException">Something is missing or too much; the message names it.</exception>
    public void Check(GenerationMode mode, Func<string, string> nameOf)
    {
        if (mode.Needs.FirstOrDefault(key => !this.Given.Contains(key)) is { } missing)
        {
            throw new UsageException($"{nameOf(missing)} is missing; {mode.Name} needs it.");
        }

        if (this.Given.FirstOrDefault(key => !mode.Needs.Contains(key) && !mode.Takes.Contains(key)) is { } useless)
        {
            throw new UsageException($"{nameOf(useless)} means nothing to {mode.Name}.");
        }
    }

    private static LayerPrompts ReadPrompts(RequestFields? fields, string? prompt)
    {
        LayerPrompts prompts = new() { Global = prompt, Foreground = fields?.Text("foreground"), Background = fields?.Text("background"), Blended = fields?.Text("blended") };
        fields?.RefuseOthers();
        return prompts;
    }
}
