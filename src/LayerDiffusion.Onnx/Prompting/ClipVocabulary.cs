using System.Text;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What <c>vocab.json</c> and <c>merges.txt</c> hold: the tokens by text and by id, and the ranked merges as pairs of ids.</summary>
internal sealed class ClipVocabulary
{
    /// <summary>What a merge's symbol ends with when it is the last of a word.</summary>
    public const string EndOfWord = "</w>";

    private const int MaximumFileLength = 64 << 20;
    private const string VocabularyName = "vocab.json";

    private readonly Dictionary<string, int> idOfToken;
    private readonly Dictionary<int, string> tokenOfId;
    private readonly Dictionary<ulong, PairMerge> merges;

    private ClipVocabulary(string fileName, Dictionary<string, int> idOfToken, Dictionary<int, string> tokenOfId, Dictionary<ulong, PairMerge> merges)
    {
        this.FileName = fileName;
        this.idOfToken = idOfToken;
        this.tokenOfId = tokenOfId;
        this.merges = merges;
        foreach (int id in tokenOfId.Keys)
        {
            this.FirstFreeId = Math.Max(this.FirstFreeId, id + 1);
        }
    }

    /// <summary>Gets the vocabulary's file name, for messages.</summary>
    public string FileName { get; }

    /// <summary>Gets the number of tokens.</summary>
    public int Count => this.idOfToken.Count;

    /// <summary>Gets the largest id plus one.</summary>
    public int FirstFreeId { get; }

    /// <summary>Reads both files.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or they do not belong together.</exception>
    public static ClipVocabulary Read(Stream vocab, Stream merges)
    {
        byte[] vocabBytes = PromptingFile.ReadAll(vocab, VocabularyName, MaximumFileLength, out string vocabName);
        Dictionary<string, int> idOfToken = new(StringComparer.Ordinal);
        Dictionary<int, string> tokenOfId = [];
        try
        {
            ReadTokens(PromptingFile.WithoutByteOrderMark(vocabBytes).Span, vocabName, idOfToken, tokenOfId);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{vocabName}' is not valid JSON: {exception.Message}", exception);
        }

        if (idOfToken.Count == 0)
        {
            throw new InvalidDataException($"'{vocabName}' holds no tokens, wanted an object of tokens and their ids.");
        }

        byte[] mergesBytes = PromptingFile.ReadAll(merges, "merges.txt", MaximumFileLength, out string mergesName);
        return new ClipVocabulary(vocabName, idOfToken, tokenOfId, ReadMerges(mergesBytes, mergesName, idOfToken, vocabName));
    }

    /// <summary>Gets the id of a token's text.</summary>
    public bool TryGetId(string token, out int id) => this.idOfToken.TryGetValue(token, out id);

    /// <summary>Gets the text of an id.</summary>
    public bool TryGetToken(int id, out string token)
    {
        bool found = this.tokenOfId.TryGetValue(id, out string? text);
        token = text ?? string.Empty;
        return found;
    }

    /// <summary>Gets the merge of two neighbouring symbols.</summary>
    public bool TryGetMerge(int left, int right, out PairMerge merge) => this.merges.TryGetValue(PairKey(left, right), out merge);

    private static ulong PairKey(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private static void ReadTokens(ReadOnlySpan<byte> json, string fileName, Dictionary<string, int> idOfToken, Dictionary<int, string> tokenOfId)
    {
        Utf8JsonReader reader = new(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidDataException($"'{fileName}' starts with a JSON {reader.TokenType}, wanted an object of tokens and their ids.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int id) || id is < 0 or int.MaxValue)
            {
                throw new InvalidDataException($"'{fileName}': the id of token '{token}' is no whole number from 0 to {int.MaxValue - 1}.");
            }

            if (!tokenOfId.TryAdd(id, token))
            {
                throw new InvalidDataException($"'{fileName}': the tokens '{tokenOfId[id]}' and '{token}' have the same id {id}.");
            }

            if (!idOfToken.TryAdd(token, id))
            {
                throw new InvalidDataException($"'{fileName}': the token '{token}' occurs twice.");
            }
        }

        // Anything after the object is an error that the reader reports.
        while (reader.Read())
        {
        }
    }

    private static Dictionary<ulong, PairMerge> ReadMerges(byte[] bytes, string fileName, Dictionary<string, int> idOfToken, string vocabName)
    {
        string text;
        try
        {
            text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(PromptingFile.WithoutByteOrderMark(bytes).Span);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"'{fileName}' is not valid UTF-8: {exception.Message}", exception);
        }

        Dictionary<ulong, PairMerge> merges = [];
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids = idOfToken.GetAlternateLookup<ReadOnlySpan<char>>();
        StringBuilder joined = new();
        int lineNumber = 0;

        // Only line feeds end a line: the byte alphabet has characters that EnumerateLines would take for line ends.
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            lineNumber++;
            ReadOnlySpan<char> line = text.AsSpan(range).TrimEnd('\r');
            if (line.IsEmpty || (lineNumber == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            int space = line.IndexOf(' ');
            if (space <= 0 || space == line.Length - 1 || line[(space + 1)..].Contains(' '))
            {
                throw new InvalidDataException($"'{fileName}', line {lineNumber}: found '{Shortened(line)}', wanted two symbols with one space between them.");
            }

            ReadOnlySpan<char> left = line[..space];
            ReadOnlySpan<char> right = line[(space + 1)..];
            string merged = joined.Clear().Append(left).Append(right).ToString();
            int leftId = FindSymbol(ids, left, fileName, lineNumber, vocabName);
            int rightId = FindSymbol(ids, right, fileName, lineNumber, vocabName);
            merges[PairKey(leftId, rightId)] = new PairMerge(merges.Count, FindSymbol(ids, merged, fileName, lineNumber, vocabName));
        }

        return merges;
    }

    private static int FindSymbol(Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> ids, ReadOnlySpan<char> symbol, string fileName, int lineNumber, string vocabName) =>
        ids.TryGetValue(symbol, out int id)
            ? id
            : throw new InvalidDataException($"'{fileName}', line {lineNumber}: the symbol '{Shortened(symbol)}' is not in '{vocabName}'; the two files must belong together.");

    private static string Shortened(ReadOnlySpan<char> text) => text.Length <= 80 ? text.ToString() : $"{text[..80]}…";
}
