using System.Buffers;
using System.Text;
using LayerDiffusion.Onnx.Prompting;
using Microsoft.ML.Tokenizers;

namespace LayerDiffusion.Onnx.MLTokenizers;

/// <summary>
/// A <see cref="ClipTokenizer"/> as a <see cref="Tokenizer"/>. The ids are those of <see cref="ClipTokenizer.Encode(string)"/>, never padded.
/// </summary>
/// <remarks>
/// The normalized text is what the ids decode to: lower-case, one space between words; the offsets of tokens refer to it. A character that several tokens make up
/// belongs to the last of them. CLIP's normalization and pre-tokenization always apply, whatever the caller asks to consider.
/// </remarks>
public sealed class ClipMLTokenizer : Tokenizer
{
    // A UTF-8 character has no more bytes, and a token no less than one.
    private const int MostTokensOfACharacter = 4;

    private readonly ClipTokenizer tokenizer;
    private readonly string endText;

    /// <summary>Initializes a new instance of the <see cref="ClipMLTokenizer"/> class.</summary>
    /// <param name="tokenizer">The tokenizer that does the work.</param>
    /// <param name="addSpecialTokens">Whether every text gets the start and end that a CLIP text encoder wants.</param>
    public ClipMLTokenizer(ClipTokenizer tokenizer, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.tokenizer = tokenizer;
        this.AddSpecialTokens = addSpecialTokens;
        this.endText = tokenizer.Decode([tokenizer.EosId], skipSpecialTokens: false);
    }

    /// <summary>Gets a value indicating whether every text gets start and end.</summary>
    public bool AddSpecialTokens { get; }

    /// <inheritdoc/>
    /// <remarks>Start, end and padding are left out.</remarks>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return this.tokenizer.Decode([.. ids]);
    }

    /// <inheritdoc/>
    /// <remarks>Writes all or nothing.</remarks>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        (idsConsumed, charsWritten) = (0, 0);
        int[] all = [.. ids];
        string text;
        try
        {
            text = this.tokenizer.Decode(all);
        }
        catch (ArgumentOutOfRangeException)
        {
            return OperationStatus.InvalidData;
        }

        if (!text.TryCopyTo(destination))
        {
            return OperationStatus.DestinationTooSmall;
        }

        (idsConsumed, charsWritten) = (all.Length, text.Length);
        return OperationStatus.Done;
    }

    /// <inheritdoc/>
    /// <remarks>A text that is cut keeps its first tokens; with start and end there are none fewer than both, the end coming last.</remarks>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MaxTokenCount, nameof(settings));
        int[] ids = this.tokenizer.Tokenize(text is null ? textSpan : text);
        List<EncodedToken> tokens = this.Describe(ids, out string normalized);
        bool delimits = this.AddSpecialTokens && settings.MaxTokenCount >= 2;
        int kept = Math.Min(tokens.Count, delimits ? settings.MaxTokenCount - 2 : settings.MaxTokenCount);
        int consumed = kept == tokens.Count ? normalized.Length : kept == 0 ? 0 : tokens[kept - 1].Offset.End.Value;
        tokens.RemoveRange(kept, tokens.Count - kept);
        if (delimits)
        {
            tokens.Insert(0, this.Special(this.tokenizer.BosId, 0));
            tokens.Add(this.Special(this.tokenizer.EosId, consumed));
        }

        return new EncodeResults<EncodedToken> { Tokens = tokens, NormalizedText = normalized, CharsConsumed = consumed };
    }

    private EncodedToken Special(int id, int position) =>
        new(id, this.tokenizer.Decode([id], skipSpecialTokens: false), position..position);

    private List<EncodedToken> Describe(int[] ids, out string normalized)
    {
        StringBuilder text = new();
        List<EncodedToken> tokens = new(ids.Length + 2);
        int first = 0;
        int position = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            string piece = this.Text(ids.AsSpan(first..(i + 1)));
            bool isWhole = i + 1 - first == MostTokensOfACharacter || !piece.EndsWith('\uFFFD');
            string word = isWhole ? piece.TrimEnd(' ') : string.Empty;
            tokens.Add(new EncodedToken(ids[i], word, position..(position + word.Length)));
            if (isWhole)
            {
                text.Append(piece);
                position = text.Length;
                first = i + 1;
            }
        }

        normalized = text.ToString().TrimEnd(' ');
        return tokens;
    }

    // What the ids stand for with the space that ends a word, which decoding strips at the end of a text: hence the end token behind it.
    private string Text(ReadOnlySpan<int> ids) =>
        this.tokenizer.Decode([.. ids, this.tokenizer.EosId], skipSpecialTokens: false)[..^this.endText.Length];
}
