using System.Text.Json;
using LayerDiffusion.Onnx.Prompting;

namespace LayerDiffusion.Onnx.Tests.Prompting;

public sealed class PromptParserTests
{
    // Text exact; weights within 1e-12, the rounding of a few products.
    [Fact]
    public void ParseAttention_EveryGoldenPrompt_GivesTheRecordedFragments()
    {
        JsonElement cases = Fixtures.Json("components", "prompts", "prompts.json").GetProperty("cases");

        Assert.Equal(173, cases.GetArrayLength());
        foreach (JsonElement item in cases.EnumerateArray())
        {
            string text = item.GetProperty("text").GetString()!;
            JsonElement expected = item.GetProperty("fragments");

            IReadOnlyList<PromptFragment> fragments = PromptParser.ParseAttention(text);

            Assert.True(expected.GetArrayLength() == fragments.Count, $"'{text}': {fragments.Count} fragments, wanted {expected.GetArrayLength()}");
            for (int i = 0; i < fragments.Count; i++)
            {
                Assert.Equal(expected[i][0].GetString(), fragments[i].Text);
                Assert.Equal(expected[i][1].GetDouble(), fragments[i].Weight, 1e-12);
            }
        }
    }

    [Fact]
    public void ParseAttention_BreakOutsideBrackets_IsABreak()
    {
        IReadOnlyList<PromptFragment> fragments = PromptParser.ParseAttention("a cat BREAK a (dog BREAK x)");

        Assert.Equal([false, true, false, false, false, false], fragments.Select(static fragment => fragment.IsBreak));
    }

    [Theory]
    [InlineData("(a:1.2.3)", "1.2.3")]
    [InlineData("(a:.)", "'.'")]
    public void ParseAttention_NumberThatIsNone_IsNamed(string text, string found)
    {
        FormatException exception = Assert.Throws<FormatException>(() => PromptParser.ParseAttention(text));

        Assert.Contains(found, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ParseAttention_WeightBeyondFinite_IsRefused()
    {
        Assert.Throws<FormatException>(() => PromptParser.ParseAttention($"(a:{new string('9', 400)})"));
        Assert.Throws<FormatException>(() => PromptParser.ParseAttention(new string('(', 950) + "a"));
    }

    [Fact]
    public void ParseAttention_ManyBrackets_AreBounded()
    {
        Assert.Single(PromptParser.ParseAttention(new string('[', 1000)));
        Assert.Single(PromptParser.ParseAttention(new string(')', 100_000)));
        FormatException exception = Assert.Throws<FormatException>(() => PromptParser.ParseAttention(string.Concat(Enumerable.Repeat("[a", 100_000))));
        Assert.Contains("1000 open brackets", exception.Message, StringComparison.Ordinal);
    }

    // The examples published with the web UI.
    [Theory]
    [InlineData("test", "10:test")]
    [InlineData("a [b:3]", "3:a |10:a b")]
    [InlineData("a [b: 3]", "3:a |10:a b")]
    [InlineData("a [b:3 ]", "3:a |10:a b")]
    [InlineData("a [[[b]]:2]", "2:a |10:a [[b]]")]
    [InlineData("[(a:2):3]", "3:|10:(a:2)")]
    [InlineData("a [b : c : 1] d", "1:a b  d|10:a  c  d")]
    [InlineData("a[b:[c:d:2]:1]e", "1:abe|2:ace|10:ade")]
    [InlineData("a [unbalanced", "10:a [unbalanced")]
    [InlineData("a [b:.5] c", "5:a  c|10:a b c")]
    [InlineData("((a][:b:c [d:3]", "3:((a][:b:c |10:((a][:b:c d")]
    [InlineData("a [b:1.5] c", "10:a  c")]
    [InlineData("a [b::4] c", "4:a b c|10:a  c")]
    [InlineData("a [b:c:0] d", "10:a c d")]
    [InlineData("a [b:c:-3] d", "10:a c d")]
    [InlineData("a [b:c:99] d", "10:a b d")]
    [InlineData("a [b:c:0.25] d", "2:a b d|10:a c d")]
    [InlineData("a [b:c] d", "10:a [b:c] d")]
    [InlineData("a [b:c:d:4] e", "10:a [b:c:d:4] e")]
    [InlineData("a [(b:4] c", "10:a [(b:4] c")]
    [InlineData(@"a \[b:4\] c", @"10:a \[b:4\] c")]
    [InlineData(@"a [b\]:4] c", @"4:a  c|10:a b\] c")]
    [InlineData(@"a [b:4] c\", @"10:a [b:4] c\")]
    [InlineData("", "10:")]
    public void ParseSchedule_Editing_GivesTheTextOfEachStep(string text, string expected)
    {
        Assert.Equal(expected, string.Join('|', PromptParser.ParseSchedule(text, 10).Select(static part => $"{part.UntilStep}:{part.Text}")));
    }

    [Theory]
    [InlineData("[a|(b:1.1)]", "a,(b:1.1),a,(b:1.1)")]
    [InlineData("[fe|]male", "female,male,female,male")]
    [InlineData("[fe|||]male", "female,male,male,male")]
    [InlineData("[a|b|c] d", "a d,b d,c d,a d")]
    [InlineData("[a|[b:c:3]]", "a,b,a,c")]
    [InlineData("[[a|b]:c:2]", "a,b,c,c")]
    public void ParseSchedule_Alternation_ChangesEachStep(string text, string expected)
    {
        IReadOnlyList<ScheduledPrompt> schedule = PromptParser.ParseSchedule(text, 4);

        Assert.Equal([1, 2, 3, 4], schedule.Select(static part => part.UntilStep));
        Assert.Equal(expected, string.Join(',', schedule.Select(static part => part.Text)));
    }

    [Theory]
    [InlineData("a | b [c:3]")]
    [InlineData("(a|b) [c:3]")]
    [InlineData("[a|b [c:3]")]
    [InlineData("[a:b|c] [c:3]")]
    public void ParseSchedule_BarOutsideAlternation_TakesThePromptAsItIs(string text)
    {
        Assert.Equal([new ScheduledPrompt(10, text)], PromptParser.ParseSchedule(text, 10));
    }

    [Fact]
    public void ParseSchedule_DeepNesting_IsTakenAsItIs()
    {
        string text = new string('[', 100_000) + "a" + string.Concat(Enumerable.Repeat(":3]", 100_000));

        Assert.Equal([new ScheduledPrompt(10, text)], PromptParser.ParseSchedule(text, 10));
    }

    [Theory]
    [InlineData("a cat", "a cat=1")]
    [InlineData("a cat AND a dog", "a cat=1; a dog=1")]
    [InlineData("a cat :1.2 AND a dog:-0.5 ", "a cat=1.2; a dog=-0.5")]
    [InlineData("a cat : +2. AND b :.5", "a cat=2; b=0.5")]
    [InlineData("a (cat:1.2) AND b:1.2.3", "a (cat:1.2)=1; b:1.2.3=1")]
    [InlineData("SAND AND ANDY", "SAND=1; ANDY=1")]
    [InlineData("a:1:2", "a:1=2")]
    [InlineData("and 4", "and 4=1")]
    [InlineData("", "=1")]
    public void ParseComposition_Text_GivesPartsAndWeights(string text, string expected)
    {
        Assert.Equal(expected, string.Join(';', PromptParser.ParseComposition(text).Select(static part => FormattableString.Invariant($"{part.Text}={part.Weight}"))));
    }

    [Fact]
    public void Parsers_RandomTexts_NeverFailOtherwiseThanByFormat()
    {
        const string Alphabet = "ab :|[]()\\.1-\nBREAK AND\uD83D\u0130";
        Random random = new(5);
        for (int i = 0; i < 20_000; i++)
        {
            string text = new([.. Enumerable.Range(0, random.Next(24)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
            try
            {
                foreach (ComposedPrompt prompt in PromptParser.ParseComposition(text))
                {
                    IReadOnlyList<ScheduledPrompt> schedule = PromptParser.ParseSchedule(prompt.Text, 7);
                    Assert.Equal(7, schedule[^1].UntilStep);
                    foreach (ScheduledPrompt part in schedule)
                    {
                        Assert.NotEmpty(PromptParser.ParseAttention(part.Text));
                    }
                }
            }
            catch (FormatException exception)
            {
                Assert.StartsWith("The prompt has the weight", exception.Message, StringComparison.Ordinal);
            }
        }
    }
}
