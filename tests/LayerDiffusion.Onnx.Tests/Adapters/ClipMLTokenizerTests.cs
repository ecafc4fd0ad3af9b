using System.Buffers;
using LayerDiffusion.Onnx.MLTokenizers;
using LayerDiffusion.Onnx.Prompting;
using Microsoft.ML.Tokenizers;

namespace LayerDiffusion.Onnx.Tests.Adapters;

public sealed class ClipMLTokenizerTests
{
    private static readonly ClipTokenizer Clip = ClipTokenizer.Load(Fixtures.PathOf("packages", "tiny-sdxl", "tokenizer"));
    private static readonly ClipMLTokenizer Adapter = new(Clip);

    public static TheoryData<string> Texts =>
        [.. Fixtures.Json("components", "tokenizer", "tokenizer.json").GetProperty("cases").EnumerateArray().Select(entry => entry.GetProperty("text").GetString()!).Where(text => text.Length < 200)];

    [Theory]
    [MemberData(nameof(Texts))]
    public void EncodeToTokens_OfAnyText_GivesClipsIdsAndRangesThatTileTheNormalizedText(string text)
    {
        IReadOnlyList<EncodedToken> tokens = Adapter.EncodeToTokens(text, out string? normalized);

        Assert.Equal(Clip.Encode(text), tokens.Select(token => token.Id));
        Assert.Equal(Clip.Encode(text), Adapter.EncodeToIds(text));
        Assert.Equal(tokens.Count, Adapter.CountTokens(text));
        int position = 0;
        foreach (EncodedToken token in tokens)
        {
            (int start, int length) = token.Offset.GetOffsetAndLength(normalized!.Length);
            Assert.InRange(start, position, position + 1);
            position = start + length;
            Assert.True(length == 0 || normalized.AsSpan(start, length).SequenceEqual(token.Value), $"{token.Value} at {token.Offset}");
        }

        Assert.Equal(normalized!.Length, position);
    }

    [Fact]
    public void EncodeToTokens_WithoutSpecialTokens_GivesTheWordsAlone()
    {
        IReadOnlyList<EncodedToken> tokens = new ClipMLTokenizer(Clip, addSpecialTokens: false).EncodeToTokens("  A Cat ", out string? normalized);

        Assert.Equal("a cat", normalized);
        Assert.Equal(Clip.Tokenize("a cat"), tokens.Select(token => token.Id));
        Assert.Equal(0..1, tokens[0].Offset);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(77)]
    public void EncodeToIds_WithALimit_KeepsTheFirstAndEndsAsDiffusersDoes(int limit)
    {
        const string Text = "a cat and a dog";
        int[] all = Clip.Encode(Text);

        IReadOnlyList<int> ids = Adapter.EncodeToIds(Text, limit, out string? normalized, out int consumed);

        int[] expected = limit == 1 ? [all[1]] : limit >= all.Length ? all : [.. all[..(limit - 1)], Clip.EosId];
        Assert.Equal(expected, ids);
        Assert.Equal(Clip.Tokenize(Text)[..(limit == 1 ? 1 : expected.Length - 2)], Clip.Tokenize(normalized![..consumed]));
    }

    [Fact]
    public void Decode_OfIds_GivesTheTextOrSaysWhyNot()
    {
        int[] ids = Clip.Encode("a cat");
        char[] destination = new char[5];

        Assert.Equal("a cat", Adapter.Decode(ids));
        Assert.Equal(OperationStatus.Done, Adapter.Decode(ids, destination, out int consumed, out int written));
        Assert.Equal((ids.Length, 5, "a cat"), (consumed, written, new string(destination)));
        Assert.Equal(OperationStatus.DestinationTooSmall, Adapter.Decode(ids, destination.AsSpan(1), out consumed, out written));
        Assert.Equal((0, 0), (consumed, written));
        Assert.Equal(OperationStatus.InvalidData, Adapter.Decode([int.MaxValue], destination, out _, out _));
    }
}
