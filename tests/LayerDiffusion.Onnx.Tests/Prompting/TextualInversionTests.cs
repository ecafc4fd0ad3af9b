using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Prompting;

namespace LayerDiffusion.Onnx.Tests.Prompting;

public sealed class TextualInversionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("inversion").FullName;
    private readonly ClipTokenizer tokenizer = ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer"));

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData("emb_params", "style")]
    [InlineData("string_to_param/*", "style")]
    [InlineData("string_to_param.*", "style")]
    [InlineData("<cat-toy>", "<cat-toy>")]
    public void Load_OneTensor_GivesTokenAndVectors(string key, string token)
    {
        TextualInversion inversion = TextualInversion.Load(this.Write("style", (key, [2, 3], [1, 2, 3, 4, 5, 6])));

        Assert.Equal(token, inversion.Token);
        Assert.Equal(2, inversion.VectorCount);
        Assert.Equal([3], inversion.Widths);
        Assert.Equal([1, 2, 3, 4, 5, 6], inversion.Vectors(3).ToArray());
        Assert.Equal("other", TextualInversion.Load(inversion.Path, "other").Token);
    }

    [Fact]
    public void Load_TwoEncoders_GivesBothInOrder()
    {
        TextualInversion inversion = TextualInversion.Load(this.Write("xl", ("clip_g", [1, 4], [9, 8, 7, 6]), ("clip_l", [1, 3], [1, 2, 3])));

        Assert.Equal([3, 4], inversion.Widths);
        Assert.Equal([9, 8, 7, 6], inversion.Vectors(4).ToArray());
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => inversion.Vectors(5).ToArray());
        Assert.Contains("3 and 4 wide, the text encoder wants 5", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OneVector_NeedsNoSecondAxis()
    {
        Assert.Equal(1, TextualInversion.Load(this.Write("v", ("t", [3], [1, 2, 3]))).VectorCount);
    }

    [Fact]
    public void Load_NoEmbedding_SaysWhatWasFound()
    {
        AssertRefused("holds 2 tensors", ("a", [1, 1], [1]), ("b", [1, 1], [1]));
        AssertRefused("[1, 1, 1]", ("a", [1, 1, 1], [1]));
        AssertRefused("[0, 3]", ("a", [0, 3], []));
        AssertRefused("[2000, 1]", ("a", [2000, 1], new float[2000]));
        AssertRefused("not finite", ("a", [1, 1], [float.NaN]));
        AssertRefused("'clip_l' holds 2 vectors, 'clip_g' 1", ("clip_l", [2, 1], [1, 2]), ("clip_g", [1, 1], [1]));

        void AssertRefused(string reason, params (string Name, long[] Shape, float[] Values)[] tensors)
        {
            InvalidDataException exception = Assert.Throws<InvalidDataException>(() => TextualInversion.Load(this.Write("bad", tensors)));
            Assert.Contains("bad.safetensors", exception.Message, StringComparison.Ordinal);
            Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WithTextualInversions_Prompt_HoldsPlaceholderIds()
    {
        ClipTokenizer extended = this.tokenizer.WithTextualInversions([this.Make("<toy>", 2), this.Make("badhand", 1)]);
        int id = this.tokenizer.FirstPlaceholderId;
        int[] a = this.tokenizer.Tokenize("a");

        Assert.Equal(2514, id);
        Assert.Equal([.. a, id, id + 1, .. a, id + 2], extended.Tokenize("a <toy> a badhand"));
        Assert.Equal([id, id + 1, id, id + 1], extended.Tokenize("<toy><toy>"));
        Assert.Equal(this.tokenizer.Tokenize("badhands xbadhand Badhand"), extended.Tokenize("badhands xbadhand Badhand"));
        Assert.Equal("a <toy> a badhand", extended.Decode(extended.Encode("a <toy> a badhand")));
        Assert.Empty(this.tokenizer.TextualInversions);
    }

    [Fact]
    public void WithTextualInversions_TokenThatIsTaken_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => this.tokenizer.WithTextualInversions([this.Make("x", 1), this.Make("x", 1)]));
        Assert.Throws<ArgumentException>(() => this.tokenizer.WithTextualInversions([this.Make("<|endoftext|>", 1)]));
    }

    [Fact]
    public void Create_Table_JoinsVectorsInTheOrderOfIds()
    {
        ClipTokenizer extended = this.tokenizer.WithTextualInversions([this.Make("x", 2), this.Make("y", 1)]);

        TextualInversionTable table = TextualInversionTable.Create(extended, 3)!;

        Assert.Equal((2514, 3, 3), (table.FirstId, table.Width, table.Count));
        Assert.Equal([0, 1, 2, 3, 4, 5, 0, 1, 2], table.Vectors);
        Assert.Null(TextualInversionTable.Create(this.tokenizer, 3));
        Assert.Throws<InvalidDataException>(() => TextualInversionTable.Create(extended, 4));
    }

    [Fact]
    public void Encode_PlaceholderInPrompt_HandsTheTableToTheEncoder()
    {
        ClipTokenizer extended = this.tokenizer.WithTextualInversions([this.Make("x", 2)]);
        TextualInversionTable table = TextualInversionTable.Create(extended, 3)!;
        FakeTextEncoder encoder = new(width: 3, scale: 1, pooled: false);
        PromptEncoder prompts = new(new TextEncoderStage(extended, encoder, table));

        prompts.Encode("a x", PromptOptions.Diffusers);
        prompts.Encode("a", PromptOptions.Diffusers);

        Assert.Equal([table, null], encoder.Tables);
        Assert.Equal([4, 2], encoder.EndIndices);
        Assert.Throws<InvalidOperationException>(() => new PromptEncoder(new TextEncoderStage(extended, encoder)).Encode("a x", PromptOptions.Diffusers));
    }

    [Fact]
    public void Build_InversionAtTheEndOfAChunk_IsNotCut()
    {
        ClipTokenizer extended = this.tokenizer.WithTextualInversions([this.Make("x", 4), this.Make("y", 200)]);

        TokenizedPrompt prompt = PromptChunks.Build(extended, PromptChunksTests.Words(73) + " x", PromptOptions.WebUi);
        TokenizedPrompt huge = PromptChunks.Build(extended, "y", PromptOptions.WebUi);

        Assert.Equal([74, 5], prompt.Chunks.Select(static chunk => chunk.EndIndex));
        Assert.Equal([76, 76, 51], huge.Chunks.Select(static chunk => chunk.EndIndex));
    }

    private TextualInversion Make(string token, int vectorCount) =>
        TextualInversion.Load(this.Write("made", ("emb_params", [vectorCount, 3], [.. Enumerable.Range(0, vectorCount * 3).Select(static i => (float)i)])), token);

    private string Write(string name, params (string Name, long[] Shape, float[] Values)[] tensors)
    {
        string path = Path.Combine(this.folder, name + ".safetensors");
        SafetensorsWriter writer = new();
        foreach ((string tensor, long[] shape, float[] values) in tensors)
        {
            writer.Add<float>(tensor, values, shape);
        }

        writer.Save(path);
        return path;
    }
}
