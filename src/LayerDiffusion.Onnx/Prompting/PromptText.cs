using System.Globalization;
using System.Text;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>Character classes and small scans that the prompt syntax is defined by: those of Python's regular expressions.</summary>
internal static class PromptText
{
    /// <summary>Tells whether <c>\s</c> matches.</summary>
    public static bool IsSpace(char value) => char.IsWhiteSpace(value) || value is >= '\u001C' and <= '\u001F';

    /// <summary>Gets the index of the first character from <paramref name="index"/> on that is no white space.</summary>
    public static int SkipSpace(ReadOnlySpan<char> text, int index)
    {
        while (index < text.Length && IsSpace(text[index]))
        {
            index++;
        }

        return index;
    }

    /// <summary>Gets the length of a text without the white space at its end.</summary>
    public static int LengthWithoutEndingSpace(ReadOnlySpan<char> text)
    {
        int length = text.Length;
        while (length > 0 && IsSpace(text[length - 1]))
        {
            length--;
        }

        return length;
    }

    /// <summary>Splits a text at every place where a word stands between word boundaries.</summary>
    /// <param name="text">The text.</param>
    /// <param name="word">A word of letters.</param>
    /// <returns>The pieces between; one more than there are words.</returns>
    public static List<string> SplitAtWord(string text, string word)
    {
        List<string> pieces = [];
        int start = 0;
        for (int found = text.IndexOf(word, StringComparison.Ordinal); found >= 0; found = text.IndexOf(word, found, StringComparison.Ordinal))
        {
            int end = found + word.Length;
            bool alone = !EndsInWord(text.AsSpan(0, found)) && !StartsWithWord(text.AsSpan(end));
            if (alone)
            {
                pieces.Add(text[start..found]);
                start = end;
            }

            found = end;
        }

        pieces.Add(text[start..]);
        return pieces;
    }

    /// <summary>Parses digits with at most one dot and an optional sign, digits of any script; no exponent, no group separators.</summary>
    public static bool TryParseNumber(ReadOnlySpan<char> text, out double value)
    {
        StringBuilder latin = new(text.Length);
        foreach (char character in text)
        {
            latin.Append(char.IsDigit(character) ? (char)('0' + CharUnicodeInfo.GetDecimalDigitValue(character)) : character);
        }

        return double.TryParse(latin.ToString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune) || Rune.IsNumber(rune);
}
