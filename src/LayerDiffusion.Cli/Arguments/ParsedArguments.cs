namespace LayerDiffusion.Cli.Arguments;

/// <summary>What followed the name of a command.</summary>
/// <param name="Argument">The argument; <see langword="null"/> if it was left out.</param>
/// <param name="Options">The values of the options that were there, by name; empty for those without a value.</param>
internal sealed record ParsedArguments(string? Argument, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Whether an option was there.</summary>
    public bool Has(string option) => this.Options.ContainsKey(option);

    /// <summary>The value of an option; <see langword="null"/> if it was left out.</summary>
    public string? Find(string option) => this.Options.GetValueOrDefault(option);
}
