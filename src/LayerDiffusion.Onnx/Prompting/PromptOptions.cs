namespace LayerDiffusion.Onnx.Prompting;

/// <summary>How a prompt is read. The default is <see cref="Diffusers"/>, so that every text means the same as there.</summary>
public sealed record PromptOptions
{
    private readonly int commaBacktrack = 20;

    /// <summary>Gets the rules of diffusers: literal text, cut to what the text encoder takes.</summary>
    public static PromptOptions Diffusers { get; } = new();

    /// <summary>Gets the rules of the AUTOMATIC1111 web UI: weights, prompt editing, composition, chunks, 20 tokens of comma backtracking.</summary>
    public static PromptOptions WebUi { get; } = new() { Syntax = PromptSyntax.Weighted, LongPrompts = LongPrompts.Chunk };

    /// <summary>Gets what brackets and capital words mean.</summary>
    public PromptSyntax Syntax { get; init; } = PromptSyntax.Plain;

    /// <summary>Gets what happens to tokens beyond the first 75.</summary>
    public LongPrompts LongPrompts { get; init; } = LongPrompts.Truncate;

    /// <summary>
    /// Gets how many tokens, 0 to 75, may be moved from the end of a full chunk into the next one so that the chunk ends with a comma; 0 to cut anywhere.
    /// Only used with <see cref="LongPrompts.Chunk"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not 0 to 75.</exception>
    public int CommaBacktrack
    {
        get => this.commaBacktrack;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(this.CommaBacktrack));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 75, nameof(this.CommaBacktrack));
            this.commaBacktrack = value;
        }
    }

    /// <summary>Checks every property.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property is outside its range; the exception names it and what is wanted.</exception>
    internal void Validate()
    {
        Defined(this.Syntax, nameof(this.Syntax));
        Defined(this.LongPrompts, nameof(this.LongPrompts));
    }

    private static void Defined<T>(T value, string property)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            throw new ArgumentOutOfRangeException(property, value, $"{nameof(PromptOptions)}.{property} is {value}, wanted one of {string.Join(", ", Enum.GetNames<T>())}.");
        }
    }
}
