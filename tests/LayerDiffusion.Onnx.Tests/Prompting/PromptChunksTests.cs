using LayerDiffusion.Onnx.Prompting;

namespace LayerDiffusion.Onnx.Tests.Prompting;

public sealed class PromptChunksTests
{
    private static readonly PromptOptions PlainChunks = new() { LongPrompts = LongPrompts.Chunk, CommaBacktrack = 0 };

    private static readonly Lazy<ClipTokenizer> First = new(() => ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer")));
    private static readonly Lazy<ClipTokenizer> Second = new(() => ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer_2")));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(74)]
    [InlineData(75)]
    [InlineData(76)]
    [InlineData(400)]
    public void Build_DiffusersRules_EqualEncodePadded(int words)
    {
        string text = Words(words) + (words == 1 ? " (b:1.3) BREAK [c] AND" : string.Empty);
        foreach (ClipTokenizer tokenizer in (ClipTokenizer[])[First.Value, Second.Value])
        {
            TokenizedPrompt prompt = PromptChunks.Build(tokenizer, text, PromptOptions.Diffusers);

            PromptChunk chunk = Assert.Single(prompt.Chunks);
            Assert.Equal(tokenizer.EncodePadded(text), chunk.Ids);
            Assert.Equal(tokenizer.EosId, chunk.Ids[chunk.EndIndex]);
            Assert.Null(chunk.Weights);
        }
    }

    [Fact]
    public void Build_TruncatedPrompt_ReportsWhatWasDropped()
    {
        TokenizedPrompt prompt = PromptChunks.Build(First.Value, Words(75) + " the dog", PromptOptions.Diffusers);

        Assert.Equal(new TruncatedPrompt(First.Value.Tokenize("the dog").Length, "the dog"), prompt.Truncated);
        Assert.Null(PromptChunks.Build(First.Value, Words(75), PromptOptions.Diffusers).Truncated);
    }

    [Fact]
    public void Build_LongPromptInChunks_KeepsEveryToken()
    {
        string text = Words(200);

        TokenizedPrompt prompt = PromptChunks.Build(Second.Value, text, PlainChunks);

        Assert.Null(prompt.Truncated);
        Assert.Equal([76, 76, 51], prompt.Chunks.Select(static chunk => chunk.EndIndex));
        Assert.Equal(Second.Value.Tokenize(text), prompt.Chunks.SelectMany(static chunk => chunk.Ids[1..chunk.EndIndex]));
        Assert.All(prompt.Chunks, chunk =>
        {
            Assert.Equal(77, chunk.Ids.Length);
            Assert.Equal(Second.Value.BosId, chunk.Ids[0]);
            Assert.All(chunk.Ids[(chunk.EndIndex + 1)..], static id => Assert.Equal(0, id));
        });
    }

    [Theory]
    [InlineData("a BREAK the", "1,1")]
    [InlineData("BREAK a", "0,1")]
    [InlineData("a BREAK", "1")]
    [InlineData("a BREAK BREAK a", "1,0,1")]
    [InlineData("", "0")]
    public void Build_Break_StartsAChunk(string text, string lengths)
    {
        TokenizedPrompt prompt = PromptChunks.Build(First.Value, text, PromptOptions.WebUi);

        Assert.Equal(lengths, string.Join(',', prompt.Chunks.Select(static chunk => chunk.EndIndex - 1)));
    }

    [Theory]
    [InlineData(20, 60, "61,34")]
    [InlineData(20, 55, "56,39")]
    [InlineData(20, 54, "75,20")]
    [InlineData(20, 74, "75,20")]
    [InlineData(10, 60, "75,20")]
    [InlineData(0, 60, "75,20")]
    public void Build_CommaNearTheEndOfAChunk_MovesWhatFollows(int backtrack, int commaAt, string lengths)
    {
        PromptOptions options = PromptOptions.WebUi with { CommaBacktrack = backtrack };

        TokenizedPrompt prompt = PromptChunks.Build(First.Value, $"{Words(commaAt)}, {Words(94 - commaAt)}", options);

        Assert.Equal(lengths, string.Join(',', prompt.Chunks.Select(static chunk => chunk.EndIndex - 1)));
    }

    [Fact]
    public void Build_WeightedWords_HaveWeightsInBothChunks()
    {
        TokenizedPrompt prompt = PromptChunks.Build(First.Value, $"a ({Words(80)}:1.5) a", PromptOptions.WebUi);

        Assert.Equal(2, prompt.Chunks.Count);
        Assert.Equal([1, 1, .. Enumerable.Repeat(1.5f, 74), 1], prompt.Chunks[0].Weights!);
        Assert.Equal([1, .. Enumerable.Repeat(1.5f, 6), .. Enumerable.Repeat(1f, 70)], prompt.Chunks[1].Weights!);
    }

    [Fact]
    public void Build_EndlessPrompt_IsBounded()
    {
        TokenizedPrompt prompt = PromptChunks.Build(First.Value, Words(75 * 70), PlainChunks);

        Assert.Equal(64, prompt.Chunks.Count);
        Assert.Equal(6 * 75, prompt.Truncated!.TokenCount);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(76)]
    public void CommaBacktrack_OutOfRange_IsRefused(int value)
    {
        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => new PromptOptions { CommaBacktrack = value });

        Assert.Equal("CommaBacktrack", exception.ParamName);
    }

    internal static string Words(int count) => string.Join(' ', Enumerable.Repeat("a", count));
}
