using System.Globalization;
using System.Text;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>How CLIP sees a text before the byte-pair encoding: composed (NFC), lower-case, in words. No step depends on the current culture.</summary>
internal static class ClipText
{
    private const char NotACharacter = '\uFFFE';

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>
    /// Gets the upper bound of what <see cref="Normalize"/> writes, and the composed text.
    /// </summary>
    /// <param name="text">Any text, also with surrogates that stand alone.</param>
    /// <param name="composed">The text in NFC.</param>
    /// <returns>Number of characters that the lower-case form may take.</returns>
    public static int Compose(ReadOnlySpan<char> text, out ReadOnlySpan<char> composed)
    {
        if (Ascii.IsValid(text))
        {
            composed = text;
            return text.Length;
        }

        StringBuilder wellFormed = new(text.Length);
        StringBuilder result = new(text.Length);
        Span<char> units = stackalloc char[2];

        // EnumerateRunes turns a lone surrogate into U+FFFD. Normalize refuses U+FFFE, which never combines with its neighbours, so the text is cut there.
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == NotACharacter)
            {
                result.Append(wellFormed.ToString().Normalize(NormalizationForm.FormC)).Append(NotACharacter);
                wellFormed.Clear();
                continue;
            }

            wellFormed.Append(units[..rune.EncodeToUtf16(units)]);
        }

        result.Append(wellFormed.ToString().Normalize(NormalizationForm.FormC));
        composed = result.ToString();
        return 2 * composed.Length;
    }

    /// <summary>Lower-cases character by character: the full Unicode mapping of each single character, no context (Σ never becomes ς).</summary>
    /// <returns>Number of characters written.</returns>
    public static int Normalize(ReadOnlySpan<char> composed, Span<char> lower)
    {
        int written = 0;
        foreach (Rune rune in composed.EnumerateRunes())
        {
            // The only character whose lower-case form is longer than one character; .NET's invariant culture leaves it alone.
            if (rune.Value == 'İ')
            {
                lower[written++] = 'i';
                lower[written++] = '\u0307';
                continue;
            }

            written += Rune.ToLowerInvariant(rune).EncodeToUtf16(lower[written..]);
        }

        return written;
    }

    /// <summary>
    /// Finds the next word by CLIP's rule, <c>'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+</c>, dropping white space.
    /// </summary>
    /// <param name="text">Lower-case text.</param>
    /// <param name="start">Where to look from; afterwards the start of the word.</param>
    /// <returns>Length of the word; 0 at the end of the text.</returns>
    public static int NextWord(ReadOnlySpan<char> text, ref int start)
    {
        Kind kind;
        int length;
        while (true)
        {
            if (start >= text.Length)
            {
                return 0;
            }

            kind = KindAt(text, start, out length);
            if (kind != Kind.Space)
            {
                break;
            }

            start += length;
        }

        int contraction = ContractionLength(text[start..]);
        if (contraction > 0)
        {
            return contraction;
        }

        int end = start + length;
        while (kind != Kind.Number && end < text.Length && KindAt(text, end, out int more) == kind)
        {
            end += more;
        }

        return end - start;
    }

    /// <summary>Tells whether a character is a letter or a digit, of any script.</summary>
    public static bool IsLetterOrNumber(char value) => char.IsLetter(value) || char.IsNumber(value);

    private static int ContractionLength(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 't' or 'm' or 'd', ..] => 2,
        ['\'', 'r' or 'v', 'e', ..] => 3,
        ['\'', 'l', 'l', ..] => 3,
        _ => 0,
    };

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int length)
    {
        char first = text[index];
        length = 1;
        if (char.IsAscii(first))
        {
            return char.IsAsciiLetter(first) ? Kind.Letter
                : char.IsWhiteSpace(first) ? Kind.Space
                : char.IsAsciiDigit(first) ? Kind.Number
                : Kind.Other;
        }

        if (char.IsWhiteSpace(first))
        {
            return Kind.Space;
        }

        Rune.DecodeFromUtf16(text[index..], out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
