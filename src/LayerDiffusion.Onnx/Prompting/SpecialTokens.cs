using System.Buffers;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>Tokens that are cut out of a text before anything else is done to it: found as written, case-sensitively, the leftmost first, of several the longest.</summary>
internal sealed class SpecialTokens
{
    private readonly List<Entry> entries = [];
    private readonly SearchValues<string> texts;

    /// <param name="whole">Tokens found anywhere, also inside a word, each with its id.</param>
    /// <param name="placeholders">Tokens found only where they are no part of a longer word, each with its ids.</param>
    public SpecialTokens(IEnumerable<KeyValuePair<string, int>> whole, IEnumerable<KeyValuePair<string, int[]>> placeholders)
    {
        foreach ((string text, int id) in whole)
        {
            this.entries.Add(new Entry(text, [id], IsPlaceholder: false));
        }

        foreach ((string text, int[] ids) in placeholders)
        {
            this.entries.Add(new Entry(text, ids, IsPlaceholder: true));
        }

        this.entries.Sort(static (a, b) => b.Text.Length.CompareTo(a.Text.Length));
        this.texts = SearchValues.Create([.. this.entries.ConvertAll(static entry => entry.Text)], StringComparison.Ordinal);
    }

    /// <summary>Finds the next special token.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="start">Where to look from.</param>
    /// <param name="index">Where the token starts; the text's length if there is none.</param>
    /// <param name="length">Its length.</param>
    /// <param name="ids">Its ids.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryFind(ReadOnlySpan<char> text, int start, out int index, out int length, out ReadOnlySpan<int> ids)
    {
        while (start < text.Length)
        {
            int found = text[start..].IndexOfAny(this.texts);
            if (found < 0)
            {
                break;
            }

            index = start + found;
            foreach (Entry entry in this.entries)
            {
                if (text[index..].StartsWith(entry.Text, StringComparison.Ordinal)
                    && (!entry.IsPlaceholder || StandsAlone(text, index, entry.Text.Length)))
                {
                    length = entry.Text.Length;
                    ids = entry.Ids;
                    return true;
                }
            }

            start = index + 1;
        }

        index = text.Length;
        length = 0;
        ids = default;
        return false;
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int index, int length)
    {
        int end = index + length;
        return !(index > 0 && ClipText.IsLetterOrNumber(text[index]) && ClipText.IsLetterOrNumber(text[index - 1]))
            && !(end < text.Length && ClipText.IsLetterOrNumber(text[end - 1]) && ClipText.IsLetterOrNumber(text[end]));
    }

    private sealed record Entry(string Text, int[] Ids, bool IsPlaceholder);
}
