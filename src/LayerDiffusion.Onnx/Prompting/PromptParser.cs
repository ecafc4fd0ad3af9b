using System.Buffers;
using System.Globalization;
using System.Text;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// The prompt syntax of the AUTOMATIC1111 web UI. A prompt is taken apart in this order: <see cref="ParseComposition"/>, then each part by
/// <see cref="ParseSchedule"/>, then each text by <see cref="ParseAttention"/>. Numbers have a dot as decimal separator in every culture.
/// </summary>
public static class PromptParser
{
    internal const string BreakWord = "BREAK";

    private const string AndWord = "AND";
    private const double RoundBracketFactor = 1.1;
    private const double SquareBracketFactor = 1 / 1.1;

    // 1.1 to this power is beyond any weight; it bounds the time that nested brackets take.
    private const int MostOpenBrackets = 1000;

    private static readonly SearchValues<char> SyntaxCharacters = SearchValues.Create(@"\()[]:");

    /// <summary>
    /// Takes the weights out of a prompt. <c>(x)</c> is ×1.1, <c>[x]</c> is ÷1.1, <c>(x:1.3)</c> is ×1.3, nested factors multiply; <c>\( \) \[ \] \\</c> are literal,
    /// any other backslash vanishes; brackets left open are closed at the end; the word <c>BREAK</c> becomes a fragment of its own.
    /// </summary>
    /// <param name="text">The prompt.</param>
    /// <returns>The fragments in order, at least one; neighbours of equal weight are joined.</returns>
    /// <exception cref="FormatException">The number of <c>(x:number)</c> is none, such as 1.2.3, a weight is too large for a float, or more than 1000 brackets are open at once.</exception>
    public static IReadOnlyList<PromptFragment> ParseAttention(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<(string Text, double Weight)> fragments = [];
        Stack<int> roundBrackets = new();
        Stack<int> squareBrackets = new();
        int index = 0;
        while (index < text.Length)
        {
            int start = index++;
            switch (text[start])
            {
                case '\\':
                    bool escapes = index < text.Length && text[index] is '(' or ')' or '[' or ']' or '\\';
                    fragments.Add((escapes ? text[index++].ToString() : string.Empty, 1));
                    break;
                case '(' or '[' when roundBrackets.Count + squareBrackets.Count == MostOpenBrackets:
                    throw new FormatException($"The prompt has more than {MostOpenBrackets} open brackets at character {start}; wanted a weight such as (word:1.3).");
                case '(':
                    roundBrackets.Push(fragments.Count);
                    break;
                case '[':
                    squareBrackets.Push(fragments.Count);
                    break;
                case ')' when roundBrackets.TryPop(out int first):
                    Multiply(fragments, first, RoundBracketFactor);
                    break;
                case ']' when squareBrackets.TryPop(out int first):
                    Multiply(fragments, first, SquareBracketFactor);
                    break;
                case ':' when TryReadClosingNumber(text, index, out Range number, out int end):
                    index = end;
                    if (roundBrackets.TryPop(out int firstNumbered))
                    {
                        Multiply(fragments, firstNumbered, ParseWeight(text, number));
                    }
                    else
                    {
                        fragments.Add((text[start..end], 1));
                    }

                    break;
                case ')' or ']' or ':':
                    fragments.Add((text[start..index], 1));
                    break;
                default:
                    int stop = text.AsSpan(index).IndexOfAny(SyntaxCharacters);
                    index = stop < 0 ? text.Length : index + stop;
                    AddText(fragments, text[start..index]);
                    break;
            }
        }

        foreach (int first in roundBrackets)
        {
            Multiply(fragments, first, RoundBracketFactor);
        }

        foreach (int first in squareBrackets)
        {
            Multiply(fragments, first, SquareBracketFactor);
        }

        return Join(fragments);
    }

    /// <summary>
    /// Takes prompt editing and alternation out of a prompt: <c>[from:to:when]</c> is <c>from</c> up to step <c>when</c> and <c>to</c> afterwards, <c>[to:when]</c> and <c>[from::when]</c>
    /// leave one side empty, <c>[a|b|c]</c> takes another one each step. <c>when</c> with a dot is a fraction of the steps, else a step number. They may be nested.
    /// </summary>
    /// <param name="text">The prompt. Where it does not follow the syntax, for instance with a <c>|</c> outside square brackets, it is taken as it is.</param>
    /// <param name="steps">Number of sampling steps, 1 or more.</param>
    /// <returns>The texts in order of steps; the last one is valid until <paramref name="steps"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="steps"/> is less than 1.</exception>
    public static IReadOnlyList<ScheduledPrompt> ParseSchedule(string text, int steps)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new PromptScheduleParser(text, steps).Parse();
    }

    /// <summary>Splits a prompt at the word <c>AND</c>; each part may end with a weight, as in <c>a cat :1.2 AND a dog :-0.5</c>.</summary>
    /// <param name="text">The prompt.</param>
    /// <returns>The parts in order, at least one; weight 1 where none is given.</returns>
    /// <exception cref="FormatException">A weight is too large for a float.</exception>
    public static IReadOnlyList<ComposedPrompt> ParseComposition(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<string> parts = PromptText.SplitAtWord(text, AndWord);
        List<ComposedPrompt> prompts = new(parts.Count);
        foreach (string part in parts)
        {
            prompts.Add(ReadEndingWeight(part));
        }

        return prompts;
    }

    private static ComposedPrompt ReadEndingWeight(string part)
    {
        int end = PromptText.LengthWithoutEndingSpace(part);
        int start = end;
        while (start > 0 && (char.IsDigit(part[start - 1]) || part[start - 1] == '.'))
        {
            start--;
        }

        if (start > 0 && start < end && part[start - 1] is '+' or '-')
        {
            start--;
        }

        int colon = PromptText.LengthWithoutEndingSpace(part.AsSpan(0, start)) - 1;
        if (start == end || colon < 0 || part[colon] != ':' || !PromptText.TryParseNumber(part.AsSpan(start..end), out _))
        {
            return new ComposedPrompt(part[..end], 1);
        }

        return new ComposedPrompt(part[..PromptText.LengthWithoutEndingSpace(part.AsSpan(0, colon))], ParseWeight(part, start..end));
    }

    private static bool TryReadClosingNumber(string text, int index, out Range number, out int end)
    {
        int start = PromptText.SkipSpace(text, index);
        int digits = start < text.Length && text[start] is '+' or '-' ? start + 1 : start;
        int stop = digits;
        while (stop < text.Length && (char.IsDigit(text[stop]) || text[stop] == '.'))
        {
            stop++;
        }

        number = start..stop;
        end = PromptText.SkipSpace(text, stop);
        return stop > digits && end < text.Length && text[end++] == ')';
    }

    private static double ParseWeight(string text, Range number)
    {
        ReadOnlySpan<char> found = text.AsSpan(number);
        return PromptText.TryParseNumber(found, out double weight) && float.IsFinite((float)weight)
            ? weight
            : throw new FormatException($"The prompt has the weight '{found[..Math.Min(found.Length, 40)]}' at character {number.Start.Value}, wanted a number such as 1.3.");
    }

    private static void AddText(List<(string Text, double Weight)> fragments, string text)
    {
        List<string> pieces = PromptText.SplitAtWord(text, BreakWord);
        for (int i = 0; i < pieces.Count; i++)
        {
            // The blanks on both sides belong to the word.
            ReadOnlySpan<char> piece = pieces[i];
            if (i > 0)
            {
                fragments.Add((BreakWord, -1));
                piece = piece[PromptText.SkipSpace(piece, 0)..];
            }

            fragments.Add((piece[..(i < pieces.Count - 1 ? PromptText.LengthWithoutEndingSpace(piece) : piece.Length)].ToString(), 1));
        }
    }

    private static void Multiply(List<(string Text, double Weight)> fragments, int first, double factor)
    {
        for (int i = first; i < fragments.Count; i++)
        {
            fragments[i] = (fragments[i].Text, fragments[i].Weight * factor);
        }
    }

    private static List<PromptFragment> Join(List<(string Text, double Weight)> fragments)
    {
        if (fragments.Count == 0)
        {
            return [new PromptFragment(string.Empty, 1)];
        }

        List<PromptFragment> joined = [];
        StringBuilder text = new();
        for (int i = 0; i < fragments.Count; i++)
        {
            text.Append(fragments[i].Text);
            double weight = fragments[i].Weight;
            if (!float.IsFinite((float)weight))
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"The brackets of the prompt multiply to the weight {weight}, wanted one that a float can hold."));
            }

            if (i == fragments.Count - 1 || fragments[i + 1].Weight != weight)
            {
                joined.Add(new PromptFragment(text.ToString(), weight));
                text.Clear();
            }
        }

        return joined;
    }
}
