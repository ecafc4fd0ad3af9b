using System.Text;
using System.Text.Json;
using LayerDiffusion.Onnx.Prompting;

namespace LayerDiffusion.Onnx.Tests.Prompting;

public sealed class ClipTokenizerTests : IDisposable
{
    private static readonly Lazy<ClipTokenizer> First = new(() => Golden("<|endoftext|>"));
    private static readonly Lazy<ClipTokenizer> Second = new(() => Golden("!"));

    private readonly string folder = Directory.CreateTempSubdirectory("tokenizer").FullName;

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    // Ids are integers: exact.
    [Fact]
    public void Encode_EveryGoldenText_GivesTheRecordedIds()
    {
        JsonElement cases = Fixtures.Json("components", "tokenizer", "tokenizer.json").GetProperty("cases");

        Assert.Equal(400, cases.GetArrayLength());
        foreach (JsonElement item in cases.EnumerateArray())
        {
            string text = item.GetProperty("text").GetString()!;
            int[] ids = Ids(item.GetProperty("ids"));
            int[] ids2 = item.TryGetProperty("ids_2", out JsonElement other) ? Ids(other) : ids;

            Assert.Equal(ids, First.Value.Encode(text));
            Assert.Equal(ids, First.Value.Encode(text.AsSpan()));
            Assert.Equal(ids[1..^1], First.Value.Tokenize(text));
            Assert.Equal(ids2, Second.Value.Encode(text));
            Assert.Equal(Padded(ids, 49407), First.Value.EncodePadded(text));
            Assert.Equal(Padded(ids2, 0), Second.Value.EncodePadded(text.AsSpan()));
            if (item.TryGetProperty("padded", out JsonElement padded))
            {
                Assert.Equal(Ids(padded), First.Value.EncodePadded(text));
            }

            if (item.TryGetProperty("padded_2", out JsonElement padded2))
            {
                Assert.Equal(Ids(padded2), Second.Value.EncodePadded(text));
            }
        }
    }

    [Theory]
    [InlineData("tiny-sdxl", "tokenizer", 2513)]
    [InlineData("tiny-sdxl", "tokenizer_2", 0)]
    [InlineData("tiny-sd15", "tokenizer", 2513)]
    public void Load_TinyPackage_TakesSpecialIdsFromItsFiles(string package, string name, int padId)
    {
        ClipTokenizer tokenizer = ClipTokenizer.Load(Fixtures.PathOf("packages", package, name));

        Assert.Equal(2512, tokenizer.BosId);
        Assert.Equal(2513, tokenizer.EosId);
        Assert.Equal(2513, tokenizer.UnknownId);
        Assert.Equal(padId, tokenizer.PadId);
        Assert.Equal(77, tokenizer.MaximumLength);
        Assert.Equal(2514, tokenizer.VocabularySize);
    }

    [Fact]
    public void Load_PipelineFixtures_GiveTheirInputIds()
    {
        ClipTokenizer first = ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer"));
        ClipTokenizer second = ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer_2"));
        int compared = 0;
        foreach (string path in Directory.GetDirectories(Fixtures.PathOf("pipelines"), "sdxl-*"))
        {
            string name = Path.GetFileName(path);
            JsonElement prompt = Fixtures.Json("pipelines", name, "case.json").GetProperty("prompt");
            string text = prompt.ValueKind == JsonValueKind.Array ? prompt[0].GetString()! : prompt.GetString()!;
            Assert.Equal(ReadIds(name, "input_ids")[..77], first.EncodePadded(text));
            Assert.Equal(ReadIds(name, "input_ids_2")[..77], second.EncodePadded(text));
            compared++;
        }

        Assert.True(compared > 10);
    }

    [Fact]
    public void Create_StreamsWithoutFiles_EqualsLoad()
    {
        string source = Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer_2");
        using MemoryStream vocab = Copy("vocab.json");
        using MemoryStream merges = Copy("merges.txt");
        using MemoryStream special = Copy("special_tokens_map.json");
        using MemoryStream config = Copy("tokenizer_config.json");

        ClipTokenizer tokenizer = ClipTokenizer.Create(vocab, merges, ClipTokenizerOptions.Read(special, config));

        Assert.Equal(ClipTokenizer.Load(source).EncodePadded("a glass bottle!"), tokenizer.EncodePadded("a glass bottle!"));

        MemoryStream Copy(string name) => new(File.ReadAllBytes(Path.Combine(source, name)));
    }

    [Theory]
    [InlineData("\uD800")]
    [InlineData("a\uDC00b")]
    [InlineData("\uFFFE")]
    [InlineData("a\uFFFEe\u0301")]
    [InlineData("\0\u0001\u0085")]
    [InlineData("\uD83D\uDE00\uD83D")]
    public void Encode_IllFormedText_StillGivesKnownIds(string text)
    {
        foreach (int id in First.Value.Encode(text))
        {
            Assert.InRange(id, 0, 49407);
        }
    }

    [Fact]
    public void Encode_VeryLongWord_EndsInReasonableTime()
    {
        string word = string.Concat(Enumerable.Repeat("abcdefghijklmnopqrstuvwxyz", 20_000));

        int[] ids = First.Value.Encode(word);

        Assert.Equal(word, First.Value.Decode(ids));
    }

    [Fact]
    public void Encode_ManyThreadsAndMoreWordsThanAreRemembered_AgreesWithOneThread()
    {
        string[] texts = [.. Enumerable.Range(0, 20_000).Select(static i => FormattableString.Invariant($"word{i:x} of q{i * 7919:x}z"))];
        ClipTokenizer shared = Golden("<|endoftext|>");
        int[][] results = new int[texts.Length][];

        Parallel.For(0, texts.Length, i => results[i] = shared.Encode(texts[i]));

        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(shared.Encode(texts[i]), results[i]);
        }
    }

    [Theory]
    [InlineData("A Glass  Bottle, 4K!", "a glass bottle , 4 k !")]
    [InlineData("naïve café 日本 😀", "naïve café 日本 😀")]
    [InlineData("", "")]
    public void Decode_Encoded_GivesTheWordsBack(string text, string expected)
    {
        Assert.Equal(expected, First.Value.Decode(First.Value.EncodePadded(text)));
    }

    [Fact]
    public void Decode_KeepingSpecialTokens_WritesThem()
    {
        Assert.Equal("<|startoftext|> cat <|endoftext|>", First.Value.Decode(First.Value.Encode("cat"), skipSpecialTokens: false));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(49408)]
    [InlineData(int.MaxValue)]
    public void Decode_UnknownId_IsRefused(int id)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => First.Value.Decode([id]));
    }

    [Theory]
    [InlineData("vocab.json", "", "vocab.json")]
    [InlineData("vocab.json", "[1]", "wanted an object")]
    [InlineData("vocab.json", "{}", "holds no tokens")]
    [InlineData("vocab.json", "{\"a\":1", "not valid JSON")]
    [InlineData("vocab.json", "{\"a\":1}x", "not valid JSON")]
    [InlineData("vocab.json", "{\"a\":-1}", "'a'")]
    [InlineData("vocab.json", "{\"a\":99999999999}", "'a'")]
    [InlineData("vocab.json", "{\"a\":[0]}", "'a'")]
    [InlineData("vocab.json", "{\"a\":0,\"b\":0}", "same id 0")]
    [InlineData("vocab.json", "{\"a\":0,\"a\":1}", "twice")]
    [InlineData("vocab.json", "{\"\\ud800\":0}", "not valid JSON")]
    [InlineData("vocab.json", "{\"a\":0,\"b\":1,\"ab\":2}", "<|startoftext|>")]
    [InlineData("merges.txt", "#version: 0.2\na\n", "line 2")]
    [InlineData("merges.txt", "#version: 0.2\na b\na b c\n", "line 3")]
    [InlineData("merges.txt", "#version: 0.2\nb a\n", "'ba'")]
    [InlineData("merges.txt", "#version: 0.2\na z\n", "'z'")]
    [InlineData("merges.txt", "\u00ff", "UTF-8")]
    [InlineData("special_tokens_map.json", "[]", "wanted an object")]
    [InlineData("special_tokens_map.json", "{", "not valid JSON")]
    [InlineData("special_tokens_map.json", "{\"pad_token\":3}", "'pad_token'")]
    [InlineData("special_tokens_map.json", "{\"pad_token\":\"\"}", "'pad_token'")]
    [InlineData("special_tokens_map.json", "{\"pad_token\":\"[PAD]\"}", "'[PAD]'")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\":2}", "model_max_length")]
    public void Load_DamagedFile_NamesFileAndReason(string fileName, string content, string reason)
    {
        this.WriteSmallTokenizer();
        File.WriteAllBytes(Path.Combine(this.folder, fileName), content == "\u00ff" ? [0xFF] : Encoding.UTF8.GetBytes(content));

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(this.folder));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.Contains(this.folder, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json")]
    [InlineData("merges.txt")]
    public void Load_MissingFile_NamesIt(string fileName)
    {
        this.WriteSmallTokenizer();
        File.Delete(Path.Combine(this.folder, fileName));

        FileNotFoundException exception = Assert.Throws<FileNotFoundException>(() => ClipTokenizer.Load(this.folder));

        Assert.Contains(fileName, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TokenObjectsAndUnlimitedLength_AreUnderstood()
    {
        this.WriteSmallTokenizer();
        File.WriteAllText(Path.Combine(this.folder, "special_tokens_map.json"), """{"pad_token":{"content":"b","lstrip":false},"unk_token":null}""");
        File.WriteAllText(Path.Combine(this.folder, "tokenizer_config.json"), """{"pad_token":"a","model_max_length":1000000000000000019884624838656}""");

        ClipTokenizer tokenizer = ClipTokenizer.Load(this.folder);

        Assert.Equal(1, tokenizer.PadId);
        Assert.Equal(4, tokenizer.UnknownId);
        Assert.Equal(77, tokenizer.MaximumLength);
    }

    [Fact]
    public void Load_OnlyVocabularyAndMerges_UsesTheDefaults()
    {
        this.WriteSmallTokenizer();

        ClipTokenizer tokenizer = ClipTokenizer.Load(this.folder);

        // "ab" ends a word, so only the inner symbols are known: the second one is not.
        Assert.Equal([3, 0, 4, 4], tokenizer.Encode("ab"));
        Assert.Equal(4, tokenizer.PadId);
    }

    private static ClipTokenizer Golden(string padToken)
    {
        using FileStream vocab = File.OpenRead(Fixtures.PathOf("components", "tokenizer", "vocab.json"));
        using FileStream merges = File.OpenRead(Fixtures.PathOf("components", "tokenizer", "merges.txt"));
        return ClipTokenizer.Create(vocab, merges, new ClipTokenizerOptions { PadToken = padToken });
    }

    private static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(static id => id.GetInt32())];

    private static int[] ReadIds(string name, string tensor)
    {
        LayerDiffusion.Onnx.IO.SafetensorsFile file = Fixtures.Tensors("pipelines", name, "tensors.safetensors");
        return file.Tensors[tensor].Type == LayerDiffusion.Onnx.IO.SafetensorsType.Int64
            ? [.. file.Read<long>(tensor).Select(static id => (int)id)]
            : file.Read<int>(tensor);
    }

    private static int[] Padded(int[] ids, int padId) => ids.Length <= 77
        ? [.. ids, .. Enumerable.Repeat(padId, 77 - ids.Length)]
        : [.. ids[..76], 49407];

    private void WriteSmallTokenizer()
    {
        File.WriteAllText(Path.Combine(this.folder, "vocab.json"), """{"a":0,"b":1,"ab":2,"<|startoftext|>":3,"<|endoftext|>":4}""");
        File.WriteAllText(Path.Combine(this.folder, "merges.txt"), "#version: 0.2\na b\n");
    }
}
