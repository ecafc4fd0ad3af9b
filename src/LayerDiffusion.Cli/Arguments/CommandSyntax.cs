namespace LayerDiffusion.Cli.Arguments;

/// <summary>What may follow the name of a command: arguments, needed or not, and options in any order.</summary>
/// <param name="Name">The command.</param>
/// <param name="Argument">What stands for its argument in help.</param>
/// <param name="NeedsArgument">Whether the argument must be there.</param>
/// <param name="Summary">What it does, on one line.</param>
/// <param name="Options">Its options.</param>
/// <param name="Remarks">What help says at its end.</param>
internal sealed record CommandSyntax(
    string Name, string Argument, bool NeedsArgument, string Summary, IReadOnlyList<CommandOption> Options, string Remarks = "")
{
    /// <summary>Gets the most arguments that may be there.</summary>
    public int MostArguments { get; init; } = 1;

    /// <summary>Gets the usage line.</summary>
    public string Usage =>
        $"usage: layerdiffusion {this.Name} {(this.NeedsArgument ? this.Argument : $"[{this.Argument}]")}{string.Concat(this.Options.Select(option => $" [{option.Spelling}]"))}";

    /// <summary>Whether help is asked for: by <c>--help</c> or <c>-h</c> where an option may stand.</summary>
    public bool AsksForHelp(ReadOnlySpan<string> arguments)
    {
        for (int index = 0; index < arguments.Length && arguments[index] != "--"; index++)
        {
            if (arguments[index] is "--help" or "-h")
            {
                return true;
            }

            if (this.Find(arguments[index]) is { Placeholder: not null })
            {
                // What follows is a value.
                index++;
            }
        }

        return false;
    }

    /// <summary>Reads what follows the name. <c>--option value</c> and <c>--option=value</c> mean the same; after <c>--</c> nothing is an option.</summary>
    /// <exception cref="UsageException">Something is unknown, missing or there twice; the message names it.</exception>
    public ParsedArguments Parse(ReadOnlySpan<string> arguments)
    {
        List<string> found = [];
        bool optionsEnded = false;
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        for (int index = 0; index < arguments.Length; index++)
        {
            string word = arguments[index];
            if (optionsEnded || word.Length < 2 || word[0] != '-')
            {
                if (found.Count == this.MostArguments)
                {
                    throw new UsageException($"'{word}' is one argument too many: {this.Argument} is already '{string.Join(' ', found)}'. Words with blanks between them need quotes.");
                }

                found.Add(word);
            }
            else if (word == "--")
            {
                optionsEnded = true;
            }
            else
            {
                this.ParseOption(word, arguments[(index + 1)..], values, ref index);
            }
        }

        return found.Count > 0 || !this.NeedsArgument ? new ParsedArguments(found, values) : throw new UsageException($"{this.Argument} is missing.");
    }

    private void ParseOption(string word, ReadOnlySpan<string> following, Dictionary<string, string> values, ref int index)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        CommandOption option = this.Find(name)
            ?? throw new UsageException($"'{name}' is no option of {this.Name}{(this.Options.Count == 0 ? "." : $"; wanted one of {string.Join(", ", this.Options.Select(known => known.Name))}.")}");
        string value = string.Empty;
        if (option.Placeholder is null)
        {
            if (equals >= 0)
            {
                throw new UsageException($"{name} takes no value; found '{word[(equals + 1)..]}'.");
            }
        }
        else if (equals >= 0)
        {
            value = word[(equals + 1)..];
        }
        else if (following.Length > 0 && this.Find(following[0]) is null)
        {
            value = following[0];
            index++;
        }
        else
        {
            throw new UsageException($"{name} wants a value, {option.Placeholder}.");
        }

        if (!values.TryAdd(name, value))
        {
            throw new UsageException($"{name} is there twice.");
        }
    }

    private CommandOption? Find(string name) => this.Options.FirstOrDefault(option => option.Name == name);
}
