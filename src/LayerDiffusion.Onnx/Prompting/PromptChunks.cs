using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// Cuts a prompt into chunks that a text encoder takes, by the rules of diffusers (one chunk) or of the AUTOMATIC1111 web UI (75 tokens each, BREAK, comma backtracking).
/// </summary>
internal sealed class PromptChunks
{
    // A book as a prompt must not exhaust the memory; what is beyond is reported as truncated.
    private const int MostChunks = 64;

    private readonly ClipTokenizer tokenizer;
    private readonly int chunkLength;
    private readonly int commaBacktrack;
    private readonly bool keepsInversionsWhole;
    private readonly List<PromptChunk> chunks = [];
    private readonly int mostChunks;
    private List<int> ids = [];
    private List<float> weights = [];
    private readonly List<int> dropped = [];
    private int lastComma = -1;

    private PromptChunks(ClipTokenizer tokenizer, PromptOptions options)
    {
        bool chunks = options.LongPrompts == LongPrompts.Chunk;
        this.tokenizer = tokenizer;
        this.chunkLength = tokenizer.MaximumLength - 2;
        this.commaBacktrack = chunks && tokenizer.CommaId is not null ? options.CommaBacktrack : 0;
        this.keepsInversionsWhole = chunks;
        this.mostChunks = chunks ? MostChunks : 1;
    }

    /// <summary>Tokenizes a prompt.</summary>
    /// <exception cref="FormatException">A weight is no number.</exception>
    public static TokenizedPrompt Build(ClipTokenizer tokenizer, string text, PromptOptions options)
    {
        PromptChunks builder = new(tokenizer, options);
        IReadOnlyList<PromptFragment> fragments = options.Syntax == PromptSyntax.Weighted ? PromptParser.ParseAttention(text) : [new PromptFragment(text, 1)];
        foreach (PromptFragment fragment in fragments)
        {
            if (options.Syntax == PromptSyntax.Weighted && fragment.IsBreak)
            {
                builder.Close();
            }
            else
            {
                builder.Add(tokenizer.Tokenize(fragment.Text), (float)fragment.Weight);
            }
        }

        if (builder.ids.Count > 0 || builder.chunks.Count == 0)
        {
            builder.Close();
        }

        int droppedCount = builder.dropped.Count;
        return new TokenizedPrompt(
            builder.chunks,
            droppedCount == 0 ? null : new TruncatedPrompt(droppedCount, tokenizer.Decode(CollectionsMarshal.AsSpan(builder.dropped))));
    }

    /// <summary>Makes the chunk of an empty prompt, which also fills a prompt up to the number of chunks of another.</summary>
    public static PromptChunk Empty(ClipTokenizer tokenizer) => Finish(tokenizer, [], []);

    private static PromptChunk Finish(ClipTokenizer tokenizer, ReadOnlySpan<int> content, ReadOnlySpan<float> contentWeights)
    {
        int[] ids = new int[tokenizer.MaximumLength];
        ids[0] = tokenizer.BosId;
        content.CopyTo(ids.AsSpan(1));
        int end = content.Length + 1;
        ids[end] = tokenizer.EosId;
        ids.AsSpan(end + 1).Fill(tokenizer.PadId);
        float[]? weights = null;
        if (contentWeights.ContainsAnyExcept(1f))
        {
            weights = new float[ids.Length];
            weights.AsSpan().Fill(1);
            contentWeights.CopyTo(weights.AsSpan(1));
        }

        return new PromptChunk(ids, weights, end);
    }

    private void Add(ReadOnlySpan<int> tokens, float weight)
    {
        int position = 0;
        while (position < tokens.Length)
        {
            int token = tokens[position];
            if (token == this.tokenizer.CommaId)
            {
                this.lastComma = this.ids.Count;
            }
            else if (this.ids.Count == this.chunkLength && this.lastComma >= 0 && this.commaBacktrack > 0 && this.ids.Count - this.lastComma <= this.commaBacktrack)
            {
                this.MoveTailBehindComma();
            }

            int length = this.keepsInversionsWhole ? Math.Min(this.tokenizer.PlaceholderLength(token), this.chunkLength) : 1;
            if (this.ids.Count + length > this.chunkLength)
            {
                this.Close();
            }

            for (int i = 0; i < length; i++)
            {
                this.ids.Add(tokens[position++]);
                this.weights.Add(weight);
            }
        }
    }

    private void MoveTailBehindComma()
    {
        int cut = this.lastComma + 1;
        List<int> tailIds = this.ids[cut..];
        List<float> tailWeights = this.weights[cut..];
        this.ids.RemoveRange(cut, this.ids.Count - cut);
        this.weights.RemoveRange(cut, this.weights.Count - cut);
        this.Close();
        this.ids = tailIds;
        this.weights = tailWeights;
    }

    private void Close()
    {
        if (this.chunks.Count < this.mostChunks)
        {
            this.chunks.Add(Finish(this.tokenizer, CollectionsMarshal.AsSpan(this.ids), CollectionsMarshal.AsSpan(this.weights)));
        }
        else
        {
            this.dropped.AddRange(this.ids);
        }

        this.ids.Clear();
        this.weights.Clear();
        this.lastComma = -1;
    }
}
