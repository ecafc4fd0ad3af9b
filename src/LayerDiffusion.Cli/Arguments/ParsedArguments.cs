using System.Globalization;

namespace LayerDiffusion.Cli.Arguments;

/// <summary>What followed the name of a command.</summary>
/// <param name="Arguments">The arguments in order.</param>
/// <param name="Options">The values of the options that were there, by name; empty for those without a value.</param>
internal sealed record ParsedArguments(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Options)
{
    /// <summary>Gets the first argument; <see langword="null"/> if it was left out.</summary>
    public string? Argument => this.Arguments.Count > 0 ? this.Arguments[0] : null;

    /// <summary>Whether an option was there.</summary>
    public bool Has(string option) => this.Options.ContainsKey(option);

    /// <summary>The value of an option; <see langword="null"/> if it was left out.</summary>
    public string? Find(string option) => this.Options.GetValueOrDefault(option);

    /// <summary>The value of an option that is a whole number; <see langword="null"/> if it was left out.</summary>
    /// <exception cref="UsageException">It is no whole number from <paramref name="least"/> to <paramref name="most"/>.</exception>
    public int? Integer(string option, int least, int most)
    {
        if (this.Find(option) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{option} is '{text}'; wanted a whole number from {least} to {most}."));
    }
}
