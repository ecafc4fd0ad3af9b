using System.Globalization;
using System.Text;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// Finds prompt editing and alternation in one prompt and writes the prompt of each step. A bracket counts only if everything inside it is well-formed;
/// other brackets are text. A prompt with a <c>|</c> outside an alternation, or a backslash before nothing, has no schedule at all, as in the web UI, whose grammar refuses it.
/// </summary>
internal sealed class PromptScheduleParser
{
    // Beyond this the web UI's parser gives up too; it bounds the recursion in Render.
    private const int DeepestNesting = 100;

    private readonly string text;
    private readonly int steps;
    private readonly Stack<Bracket> open = new();
    private readonly Dictionary<int, Bracket> found = [];
    private readonly SortedSet<int> ends = [];

    public PromptScheduleParser(string text, int steps)
    {
        this.text = text;
        this.steps = steps;
    }

    /// <summary>Parses the prompt.</summary>
    public List<ScheduledPrompt> Parse()
    {
        this.ends.Add(this.steps);
        if (!this.TryFindBrackets())
        {
            return [new ScheduledPrompt(this.steps, this.text)];
        }

        List<ScheduledPrompt> schedule = new(this.ends.Count);
        StringBuilder prompt = new();
        foreach (int step in this.ends)
        {
            this.Render(0, this.text.Length, step, prompt.Clear());
            schedule.Add(new ScheduledPrompt(step, prompt.ToString()));
        }

        return schedule;
    }

    private bool TryFindBrackets()
    {
        for (int i = 0; i < this.text.Length; i++)
        {
            switch (this.text[i])
            {
                case '\\':
                    if (++i >= this.text.Length || this.text[i] == '\n')
                    {
                        return false;
                    }

                    break;
                case '(' or '[' when this.open.Count >= DeepestNesting:
                    return false;
                case '(' or '[':
                    this.open.Push(new Bracket(i, this.text[i] == '['));
                    break;
                case ':' when this.open.TryPeek(out Bracket? bracket):
                    bracket.Colons.Add(i);
                    break;
                case '|':
                    if (!this.open.TryPeek(out Bracket? alternation) || !alternation.IsSquare)
                    {
                        return false;
                    }

                    alternation.Bars.Add(i);
                    break;
                case ')' or ']':
                    if (!this.TryClose(i))
                    {
                        return false;
                    }

                    break;
            }
        }

        return this.TryAbandonOpenBrackets();
    }

    private bool TryClose(int index)
    {
        bool isSquare = this.text[index] == ']';
        if (!this.open.TryPeek(out Bracket? bracket) || bracket.IsSquare != isSquare)
        {
            // A closing bracket that fits none makes all that are open ill-formed.
            return this.TryAbandonOpenBrackets();
        }

        this.open.Pop();
        bracket.End = index;
        bool wellFormed = !bracket.IsIllFormed && (isSquare ? this.TryAccept(bracket) : bracket.Colons.Count <= 1);
        if (!wellFormed && this.open.TryPeek(out Bracket? outer))
        {
            outer.IsIllFormed = true;
        }

        return wellFormed || bracket.Bars.Count == 0;
    }

    private bool TryAbandonOpenBrackets()
    {
        foreach (Bracket bracket in this.open)
        {
            if (bracket.Bars.Count > 0)
            {
                return false;
            }
        }

        this.open.Clear();
        return true;
    }

    private bool TryAccept(Bracket bracket)
    {
        if (bracket.Bars.Count > 0)
        {
            if (bracket.Colons.Count > 0)
            {
                return false;
            }

            this.found[bracket.Start] = bracket;
            for (int step = 1; step <= this.steps; step++)
            {
                this.ends.Add(step);
            }

            return true;
        }

        if (bracket.Colons.Count == 0)
        {
            return true;
        }

        if (bracket.Colons.Count > 2 || !TryParseWhen(this.text.AsSpan((bracket.Colons[^1] + 1)..bracket.End), this.steps, out int when))
        {
            return false;
        }

        bracket.When = when;
        this.found[bracket.Start] = bracket;
        if (when >= 1)
        {
            this.ends.Add(when);
        }

        return true;
    }

    private static bool TryParseWhen(ReadOnlySpan<char> text, int steps, out int when)
    {
        when = 0;
        ReadOnlySpan<char> number = text[..PromptText.LengthWithoutEndingSpace(text)];
        number = number[PromptText.SkipSpace(number, 0)..];
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!double.TryParse(number, Styles, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
        {
            return false;
        }

        double step = number.Contains('.') ? value * steps : value;
        when = (int)Math.Clamp(Math.Truncate(step), -1, steps);
        return true;
    }

    private void Render(int start, int end, int step, StringBuilder prompt)
    {
        for (int i = start; i < end; i++)
        {
            if (!this.found.TryGetValue(i, out Bracket? bracket))
            {
                prompt.Append(this.text[i]);
                continue;
            }

            (int from, int to) = bracket.Choose(step);
            this.Render(from, to, step, prompt);
            i = bracket.End;
        }
    }

    private sealed class Bracket(int start, bool isSquare)
    {
        public int Start { get; } = start;

        public bool IsSquare { get; } = isSquare;

        public List<int> Colons { get; } = [];

        public List<int> Bars { get; } = [];

        public int End { get; set; }

        public int When { get; set; }

        public bool IsIllFormed { get; set; }

        /// <summary>Gets the piece of the text, from and to, that stands for the bracket at a step.</summary>
        public (int From, int To) Choose(int step)
        {
            if (this.Bars.Count > 0)
            {
                int choice = (step - 1) % (this.Bars.Count + 1);
                return (choice == 0 ? this.Start + 1 : this.Bars[choice - 1] + 1, choice == this.Bars.Count ? this.End : this.Bars[choice]);
            }

            int last = this.Colons[^1];
            int first = this.Colons.Count == 2 ? this.Colons[0] : this.Start;
            bool before = step <= this.When;
            return before ? (this.Start + 1, Math.Max(first, this.Start + 1)) : (first + 1, last);
        }
    }
}
