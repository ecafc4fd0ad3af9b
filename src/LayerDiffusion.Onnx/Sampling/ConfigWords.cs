namespace LayerDiffusion.Onnx.Sampling;

/// <summary>The words of a config file for the members of an enumeration.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
internal sealed class ConfigWords<T>(params (string Word, T Value)[] entries)
    where T : struct, Enum
{
    public IEnumerable<(string Word, T Value)> Entries => entries;

    /// <summary>The value of a word; null where the word is unknown.</summary>
    public T? ValueOf(string word)
    {
        foreach ((string known, T value) in entries)
        {
            if (known == word)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The first word of a value; null where there is none.</summary>
    public string? NameOf(T? value)
    {
        foreach ((string word, T known) in entries)
        {
            if (value is T wanted && EqualityComparer<T>.Default.Equals(known, wanted))
            {
                return word;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", entries.Select(entry => entry.Word));
}
