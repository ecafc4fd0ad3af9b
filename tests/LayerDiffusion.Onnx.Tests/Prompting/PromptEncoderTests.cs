using LayerDiffusion.Onnx.Prompting;

namespace LayerDiffusion.Onnx.Tests.Prompting;

public sealed class PromptEncoderTests
{
    private readonly ClipTokenizer tokenizer = ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer"));
    private readonly ClipTokenizer tokenizer2 = ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer_2"));
    private readonly FakeTextEncoder first = new(width: 3, scale: 0.5f, pooled: false);
    private readonly FakeTextEncoder second = new(width: 2, scale: 0.25f, pooled: true);

    private PromptEncoder Single => new(new TextEncoderStage(this.tokenizer, this.first));

    private PromptEncoder Double => new(new TextEncoderStage(this.tokenizer, this.first), new TextEncoderStage(this.tokenizer2, this.second));

    [Fact]
    public void Encode_OneEncoder_GivesItsHiddenState()
    {
        PromptEmbeddings embeddings = this.Single.Encode("a cat", PromptOptions.Diffusers);

        Assert.Equal((77, 3), (embeddings.SequenceLength, embeddings.Width));
        Assert.Equal(this.first.HiddenOf(this.tokenizer.EncodePadded("a cat")), embeddings.Hidden);
        Assert.Null(embeddings.Pooled);
    }

    [Fact]
    public void Encode_TwoEncoders_JoinsTheLastAxisAndTakesPooledFromTheSecond()
    {
        PromptEmbeddings embeddings = this.Double.Encode("a cat", PromptOptions.Diffusers);

        float[] left = this.first.HiddenOf(this.tokenizer.EncodePadded("a cat"));
        float[] right = this.second.HiddenOf(this.tokenizer2.EncodePadded("a cat"));
        Assert.Equal((77, 5), (embeddings.SequenceLength, embeddings.Width));
        for (int i = 0; i < 77; i++)
        {
            Assert.Equal([.. left[(i * 3)..((i * 3) + 3)], .. right[(i * 2)..((i * 2) + 2)]], embeddings.Hidden[(i * 5)..((i * 5) + 5)]);
        }

        Assert.Equal([this.second.Calls[0][1], this.second.EndIndices[0]], embeddings.Pooled!);
    }

    // 1e-4 relative: float32 products against a float64 rebuild of the rule.
    [Fact]
    public void Encode_Weights_ScaleRowsAndRestoreTheMeanOfEachChunk()
    {
        PromptEmbeddings embeddings = this.Double.Encode("a (cat:1.5) BREAK [dog]", PromptOptions.WebUi);

        Assert.Equal(154, embeddings.SequenceLength);
        int chunkIndex = 0;
        foreach (PromptChunk chunk in this.Double.Tokenize("a (cat:1.5) BREAK [dog]", PromptOptions.WebUi)[0].Chunks)
        {
            float[] plain = this.first.HiddenOf(chunk.Ids);
            float[] weights = chunk.Weights!;
            double[] weighted = [.. plain.Select((value, i) => (double)value * weights[i / 3])];
            double restore = plain.Average(static value => (double)value) / weighted.Average();
            for (int row = 0; row < 77; row++)
            {
                float[] expected = [.. weighted[(row * 3)..((row * 3) + 3)].Select(value => (float)(value * restore))];
                int at = ((chunkIndex * 77) + row) * 5;
                Close.Assert(expected, embeddings.Hidden.AsSpan(at, 3), 0, 1e-4);
            }

            chunkIndex++;
        }

        Assert.Equal(2, chunkIndex);
        Assert.Equal(this.second.Calls[0][1], embeddings.Pooled![0]);
    }

    [Fact]
    public void Encode_WeightZeroOnEveryWord_StaysFinite()
    {
        PromptEmbeddings embeddings = this.Single.Encode($"({PromptChunksTests.Words(75)}:0)", PromptOptions.WebUi);

        Assert.All(embeddings.Hidden, static value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Encode_PlainSyntax_LeavesBracketsInTheText()
    {
        PromptEmbeddings embeddings = this.Single.Encode("a (cat:1.5) BREAK", PromptOptions.Diffusers);

        Assert.Equal(this.first.HiddenOf(this.tokenizer.EncodePadded("a (cat:1.5) BREAK")), embeddings.Hidden);
    }

    [Fact]
    public void EncodeTogether_DifferentLengths_FillsWithTheEmptyPrompt()
    {
        PromptEmbeddings[] embeddings = this.Double.EncodeTogether([PromptChunksTests.Words(100), "a dog", null], PromptOptions.WebUi);

        Assert.All(embeddings, static one => Assert.Equal((154, 5), (one.SequenceLength, one.Width)));
        PromptEmbeddings dog = this.Double.Encode("a dog", PromptOptions.WebUi);
        PromptEmbeddings empty = this.Double.Encode("", PromptOptions.WebUi);
        Assert.Equal([.. dog.Hidden, .. empty.Hidden], embeddings[1].Hidden);
        Assert.Equal(dog.Pooled, embeddings[1].Pooled);
        Assert.All(embeddings[2].Hidden, static value => Assert.Equal(0, value));
        Assert.Equal([0, 0], embeddings[2].Pooled!);
    }

    [Fact]
    public void EncodeTogether_OnlyAbsentPrompts_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => this.Double.EncodeTogether([null], PromptOptions.Diffusers));
    }

    // tokenizer_2 takes each "!" for a token of its own, so it needs more chunks than the first.
    [Fact]
    public void Encode_TokenizersThatDisagreeOnLength_GetEqualChunks()
    {
        PromptEmbeddings embeddings = this.Double.Encode(new string('!', 80), PromptOptions.WebUi);

        Assert.Equal(154, embeddings.SequenceLength);
        Assert.Equal(this.first.HiddenOf(this.tokenizer.EncodePadded("")), Enumerable.Range(77, 77).SelectMany(i => embeddings.Hidden[(i * 5)..((i * 5) + 3)]));
    }

    [Fact]
    public void PadTo_WidthOrLengthThatDoesNotFit_IsRefused()
    {
        PromptEmbeddings embeddings = this.Single.Encode("a", PromptOptions.Diffusers);

        Assert.Same(embeddings, embeddings.PadTo(77, embeddings));
        Assert.Throws<ArgumentException>(() => embeddings.PadTo(154, this.Double.Encode("", PromptOptions.Diffusers)));
        Assert.Throws<ArgumentException>(() => embeddings.PadTo(100, embeddings));
        Assert.Throws<ArgumentException>(() => embeddings.PadTo(0, embeddings));
    }

    [Fact]
    public void Constructor_NoEncoderOrThree_IsRefused()
    {
        TextEncoderStage stage = new(this.tokenizer, this.first);

        Assert.Throws<ArgumentException>(() => new PromptEncoder());
        Assert.Throws<ArgumentException>(() => new PromptEncoder(stage, stage, stage));
    }
}
