using System.Buffers;
using System.Text;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// The byte-pair tokenizer of CLIP's text encoders: text to token ids and back. Gives the ids of transformers' <c>CLIPTokenizer</c> (version 5)
/// for the same files; every special id comes from them. Immutable and safe for use by several threads.
/// </summary>
/// <remarks>
/// Rules: special tokens are cut out as written; the rest is composed (NFC), lower-cased character by character, split into contractions, runs of letters,
/// single digits and runs of other characters, and byte-pair encoded. There is no repair of broken encodings and no HTML unescaping.
/// </remarks>
public sealed class ClipTokenizer
{
    private readonly ClipVocabulary vocabulary;
    private readonly BytePairEncoder encoder;
    private readonly SpecialTokens specialTokens;
    private readonly ClipTokenizerOptions options;

    private ClipTokenizer(ClipVocabulary vocabulary, ClipTokenizerOptions options, BytePairEncoder? encoder, IReadOnlyList<TextualInversion> textualInversions)
    {
        this.vocabulary = vocabulary;
        this.options = options;
        this.BosId = this.Find(options.BosToken, "start");
        this.EosId = this.Find(options.EosToken, "end");
        this.UnknownId = this.Find(options.UnknownToken, "unknown");
        this.PadId = this.Find(options.PadToken, "padding");
        this.CommaId = vocabulary.TryGetId("," + ClipVocabulary.EndOfWord, out int comma) ? comma : null;
        this.encoder = encoder ?? new BytePairEncoder(vocabulary, this.UnknownId);
        this.TextualInversions = textualInversions;

        Dictionary<string, int> whole = new(StringComparer.Ordinal)
        {
            [options.BosToken] = this.BosId,
            [options.EosToken] = this.EosId,
            [options.UnknownToken] = this.UnknownId,
            [options.PadToken] = this.PadId,
        };
        Dictionary<string, int[]> placeholders = new(StringComparer.Ordinal);
        int nextId = vocabulary.FirstFreeId;
        foreach (TextualInversion inversion in textualInversions)
        {
            int[] ids = new int[inversion.VectorCount];
            for (int i = 0; i < ids.Length; i++)
            {
                ids[i] = checked(nextId++);
            }

            if (whole.ContainsKey(inversion.Token) || !placeholders.TryAdd(inversion.Token, ids))
            {
                throw new ArgumentException($"The token '{inversion.Token}' is there twice; each textual inversion needs a token of its own.", nameof(textualInversions));
            }
        }

        this.specialTokens = new SpecialTokens(whole, placeholders);
    }

    /// <summary>Gets the id put before every text.</summary>
    public int BosId { get; }

    /// <summary>Gets the id put after every text.</summary>
    public int EosId { get; }

    /// <summary>Gets the id that fills up to <see cref="MaximumLength"/>.</summary>
    public int PadId { get; }

    /// <summary>Gets the id of symbols the vocabulary lacks.</summary>
    public int UnknownId { get; }

    /// <summary>Gets the number of ids a text encoder takes, start and end included; 77 for CLIP.</summary>
    public int MaximumLength => this.options.MaximumLength;

    /// <summary>Gets the number of tokens in the vocabulary, placeholders not counted.</summary>
    public int VocabularySize => this.vocabulary.Count;

    /// <summary>Gets the id of the first vector of the first textual inversion: the vocabulary's largest id plus one. The others follow in order.</summary>
    public int FirstPlaceholderId => this.vocabulary.FirstFreeId;

    /// <summary>Gets the textual inversions whose tokens become placeholder ids, in the order of those ids.</summary>
    public IReadOnlyList<TextualInversion> TextualInversions { get; }

    /// <summary>Gets the id of a comma that ends a word, or null if the vocabulary has none.</summary>
    internal int? CommaId { get; }

    /// <summary>Loads <c>vocab.json</c> and <c>merges.txt</c> from a folder, and <c>special_tokens_map.json</c> and <c>tokenizer_config.json</c> where they are there.</summary>
    /// <param name="folder">The <c>tokenizer</c> or <c>tokenizer_2</c> folder of a model.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException"><c>vocab.json</c> or <c>merges.txt</c> is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the files do not belong together; the message names the file, what was found and what is wanted.</exception>
    public static ClipTokenizer Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        using FileStream vocab = File.OpenRead(Path.Combine(folder, "vocab.json"));
        using FileStream merges = File.OpenRead(Path.Combine(folder, "merges.txt"));
        using FileStream? specialTokensMap = OpenIfThere(Path.Combine(folder, "special_tokens_map.json"));
        using FileStream? tokenizerConfig = OpenIfThere(Path.Combine(folder, "tokenizer_config.json"));
        return Create(vocab, merges, ClipTokenizerOptions.Read(specialTokensMap, tokenizerConfig));
    }

    /// <summary>Creates a tokenizer from streams, for instance the entries of an archive. The caller closes them.</summary>
    /// <param name="vocab">What <c>vocab.json</c> holds: an object of tokens and their ids.</param>
    /// <param name="merges">What <c>merges.txt</c> holds: one merge of two symbols a line, the most important first.</param>
    /// <param name="options">Special tokens and length, see <see cref="ClipTokenizerOptions.Read(Stream?, Stream?)"/>; null for CLIP's.</param>
    /// <returns>The tokenizer.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="ClipTokenizerOptions.MaximumLength"/> is out of range.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the files do not belong together; the message names the file, what was found and what is wanted.</exception>
    public static ClipTokenizer Create(Stream vocab, Stream merges, ClipTokenizerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(vocab);
        ArgumentNullException.ThrowIfNull(merges);
        options ??= new ClipTokenizerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumLength, 3, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaximumLength, ClipTokenizerOptions.LargestMaximumLength, nameof(options));
        return new ClipTokenizer(ClipVocabulary.Read(vocab, merges), options, encoder: null, []);
    }

    /// <summary>Encodes a text with start and end, neither cut nor padded.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The ids, <see cref="BosId"/> first, <see cref="EosId"/> last.</returns>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return this.Encode(text.AsSpan());
    }

    /// <inheritdoc cref="Encode(string)"/>
    public int[] Encode(ReadOnlySpan<char> text)
    {
        List<int> ids = [this.BosId];
        this.Append(text, ids);
        ids.Add(this.EosId);
        return [.. ids];
    }

    /// <summary>
    /// Encodes a text to exactly <see cref="MaximumLength"/> ids, as diffusers feeds a text encoder: a longer text keeps its first ids and ends with <see cref="EosId"/>,
    /// a shorter one is filled with <see cref="PadId"/>.
    /// </summary>
    /// <param name="text">Any text.</param>
    /// <returns>The ids.</returns>
    public int[] EncodePadded(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return this.EncodePadded(text.AsSpan());
    }

    /// <inheritdoc cref="EncodePadded(string)"/>
    public int[] EncodePadded(ReadOnlySpan<char> text)
    {
        int[] ids = this.Encode(text);
        int[] padded = new int[this.MaximumLength];
        int kept = Math.Min(ids.Length, padded.Length);
        ids.AsSpan(0, kept).CopyTo(padded);
        padded[kept - 1] = this.EosId;
        padded.AsSpan(kept).Fill(this.PadId);
        return padded;
    }

    /// <summary>Encodes a text without start and end, for callers that put chunks together themselves.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>The ids; empty for a text without words.</returns>
    public int[] Tokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return this.Tokenize(text.AsSpan());
    }

    /// <inheritdoc cref="Tokenize(string)"/>
    public int[] Tokenize(ReadOnlySpan<char> text)
    {
        List<int> ids = [];
        this.Append(text, ids);
        return [.. ids];
    }

    /// <summary>Turns ids back into text: lower-case, one space after each word, none at the ends.</summary>
    /// <param name="ids">Ids of this tokenizer.</param>
    /// <param name="skipSpecialTokens">Whether start, end, unknown and padding are left out.</param>
    /// <returns>The text; bytes that are not UTF-8 become U+FFFD.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        List<byte> utf8 = new(ids.Length * 6);
        foreach (int id in ids)
        {
            bool special = id == this.BosId || id == this.EosId || id == this.PadId || id == this.UnknownId;
            if (special && skipSpecialTokens)
            {
                continue;
            }

            if (!this.vocabulary.TryGetToken(id, out string token))
            {
                this.DecodePlaceholder(id, utf8);
                continue;
            }

            bool endsWord = token.EndsWith(ClipVocabulary.EndOfWord, StringComparison.Ordinal);
            ByteAlphabet.Decode(endsWord ? token.AsSpan(0, token.Length - ClipVocabulary.EndOfWord.Length) : token, utf8);
            if (endsWord || special)
            {
                utf8.Add((byte)' ');
            }
        }

        return Encoding.UTF8.GetString([.. utf8]).Trim(' ');
    }

    /// <summary>
    /// Makes a tokenizer that also knows the tokens of textual inversions: each becomes as many placeholder ids as it has vectors, from <see cref="FirstPlaceholderId"/> on, in order.
    /// A token is found as written, case-sensitively, where it is no part of a longer word.
    /// </summary>
    /// <param name="textualInversions">The inversions; they replace those this tokenizer already has.</param>
    /// <returns>The tokenizer; it shares the vocabulary with this one.</returns>
    /// <exception cref="ArgumentException">A token occurs twice or is a special token.</exception>
    public ClipTokenizer WithTextualInversions(IEnumerable<TextualInversion> textualInversions)
    {
        ArgumentNullException.ThrowIfNull(textualInversions);
        return new ClipTokenizer(this.vocabulary, this.options, this.encoder, [.. textualInversions]);
    }

    /// <summary>Appends the ids of a text, without start and end.</summary>
    internal void Append(ReadOnlySpan<char> text, List<int> ids)
    {
        int start = 0;
        while (this.specialTokens.TryFind(text, start, out int index, out int length, out ReadOnlySpan<int> specialIds))
        {
            this.AppendOrdinary(text[start..index], ids);
            ids.AddRange(specialIds);
            start = index + length;
        }

        this.AppendOrdinary(text[start..], ids);
    }

    /// <summary>Gets the number of ids that belong together from this one on: the vectors of a textual inversion at its first id, else 1.</summary>
    internal int PlaceholderLength(int id)
    {
        int firstId = this.FirstPlaceholderId;
        if (id >= firstId)
        {
            foreach (TextualInversion inversion in this.TextualInversions)
            {
                if (id == firstId)
                {
                    return inversion.VectorCount;
                }

                firstId += inversion.VectorCount;
            }
        }

        return 1;
    }

    private static FileStream? OpenIfThere(string path) => File.Exists(path) ? File.OpenRead(path) : null;

    private void AppendOrdinary(ReadOnlySpan<char> text, List<int> ids)
    {
        if (text.IsEmpty)
        {
            return;
        }

        char[] buffer = ArrayPool<char>.Shared.Rent(ClipText.Compose(text, out ReadOnlySpan<char> composed));
        ReadOnlySpan<char> lower = buffer.AsSpan(0, ClipText.Normalize(composed, buffer));
        int start = 0;
        for (int length = ClipText.NextWord(lower, ref start); length > 0; length = ClipText.NextWord(lower, ref start))
        {
            this.encoder.Append(lower.Slice(start, length), ids);
            start += length;
        }

        ArrayPool<char>.Shared.Return(buffer);
    }

    private void DecodePlaceholder(int id, List<byte> utf8)
    {
        int firstId = this.FirstPlaceholderId;
        foreach (TextualInversion inversion in this.TextualInversions)
        {
            if (id >= firstId && id < firstId + inversion.VectorCount)
            {
                // The first vector stands for the whole token.
                if (id == firstId)
                {
                    utf8.AddRange(Encoding.UTF8.GetBytes(inversion.Token + " "));
                }

                return;
            }

            firstId += inversion.VectorCount;
        }

        throw new ArgumentOutOfRangeException(nameof(id), id, $"The id is not in '{this.vocabulary.FileName}'.");
    }

    private int Find(string token, string role) =>
        this.vocabulary.TryGetId(token, out int id)
            ? id
            : throw new InvalidDataException($"'{this.vocabulary.FileName}' lacks '{token}', which is the {role} token; the options or special_tokens_map.json must name one that is there.");
}
