using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// Turns a prompt into embeddings with one text encoder (SD 1.5) or two (SDXL: hidden states joined on the last axis, pooled vector from the second).
/// Chunks are encoded one by one and joined on the sequence axis; weights scale the rows of the hidden state, whose mean is then restored.
/// </summary>
internal sealed class PromptEncoder
{
    private readonly TextEncoderStage[] stages;

    /// <param name="stages">One or two text encoders, in the order of the last axis.</param>
    /// <exception cref="ArgumentException">There are none, or more than two, or their lengths differ.</exception>
    public PromptEncoder(params TextEncoderStage[] stages)
    {
        if (stages.Length is not (1 or 2))
        {
            throw new ArgumentException($"There are {stages.Length} text encoders, wanted one or two.", nameof(stages));
        }

        if (stages[0].Tokenizer.MaximumLength != stages[^1].Tokenizer.MaximumLength)
        {
            throw new ArgumentException($"The tokenizers have lengths {stages[0].Tokenizer.MaximumLength} and {stages[^1].Tokenizer.MaximumLength}, wanted the same.", nameof(stages));
        }

        this.stages = stages;
    }

    /// <summary>Tokenizes a prompt for each text encoder.</summary>
    /// <exception cref="FormatException">A weight is no number.</exception>
    public TokenizedPrompt[] Tokenize(string text, PromptOptions options)
    {
        TokenizedPrompt[] prompts = new TokenizedPrompt[this.stages.Length];
        for (int i = 0; i < prompts.Length; i++)
        {
            prompts[i] = PromptChunks.Build(this.stages[i].Tokenizer, text, options);
        }

        return prompts;
    }

    /// <summary>Encodes a prompt.</summary>
    /// <exception cref="FormatException">A weight is no number.</exception>
    /// <exception cref="InvalidOperationException">A text encoder gave a hidden state of a wrong size, or has no vectors for a textual inversion.</exception>
    public PromptEmbeddings Encode(string text, PromptOptions options) => this.Encode(this.Tokenize(text, options));

    /// <summary>Encodes what <see cref="Tokenize"/> gave. Where one tokenizer needs fewer chunks than the other, empty ones follow.</summary>
    /// <exception cref="InvalidOperationException">A text encoder gave a hidden state of a wrong size, or has no vectors for a textual inversion.</exception>
    public PromptEmbeddings Encode(IReadOnlyList<TokenizedPrompt> prompts)
    {
        int chunkCount = 0;
        foreach (TokenizedPrompt prompt in prompts)
        {
            chunkCount = Math.Max(chunkCount, prompt.Chunks.Count);
        }

        PromptEmbeddings result = EncodeStage(this.stages[0], prompts[0], chunkCount);
        return this.stages.Length == 1 ? result : JoinWidths(result, EncodeStage(this.stages[1], prompts[1], chunkCount));
    }

    /// <summary>
    /// Encodes prompts that go through the UNet together: all get the same sequence length, shorter ones are filled with the empty prompt, and null becomes zeros.
    /// </summary>
    /// <param name="prompts">The prompts; null for a negative prompt that is absent from a model with <c>force_zeros_for_empty_prompt</c>. One at least is not null.</param>
    /// <param name="options">How they are read.</param>
    /// <exception cref="ArgumentException">All prompts are null.</exception>
    /// <exception cref="FormatException">A weight is no number.</exception>
    public PromptEmbeddings[] EncodeTogether(IReadOnlyList<string?> prompts, PromptOptions options)
    {
        PromptEmbeddings?[] encoded = new PromptEmbeddings?[prompts.Count];
        PromptEmbeddings? longest = null;
        for (int i = 0; i < encoded.Length; i++)
        {
            if (prompts[i] is { } text)
            {
                encoded[i] = this.Encode(text, options);
                longest = longest is null || encoded[i]!.SequenceLength > longest.SequenceLength ? encoded[i] : longest;
            }
        }

        if (longest is null)
        {
            throw new ArgumentException("All prompts are absent, wanted one at least.", nameof(prompts));
        }

        PromptEmbeddings? empty = null;
        PromptEmbeddings[] results = new PromptEmbeddings[encoded.Length];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = encoded[i] switch
            {
                null => longest.ZerosLike(),
                { } shorter when shorter.SequenceLength < longest.SequenceLength => shorter.PadTo(longest.SequenceLength, empty ??= this.Encode(string.Empty, options)),
                { } whole => whole,
            };
        }

        return results;
    }

    private static PromptEmbeddings EncodeStage(TextEncoderStage stage, TokenizedPrompt prompt, int chunkCount)
    {
        int length = stage.Tokenizer.MaximumLength;
        TextEncoding first = EncodeChunk(stage, prompt.Chunks[0]);
        int chunkSize = first.Hidden.Length;
        float[] hidden = chunkCount == 1 ? first.Hidden : new float[chunkCount * chunkSize];
        if (chunkCount > 1)
        {
            first.Hidden.CopyTo(hidden, 0);
        }

        float[]? filler = null;
        for (int i = 1; i < chunkCount; i++)
        {
            float[] chunk = i < prompt.Chunks.Count
                ? EncodeChunk(stage, prompt.Chunks[i]).Hidden
                : filler ??= EncodeChunk(stage, PromptChunks.Empty(stage.Tokenizer)).Hidden;
            if (chunk.Length != chunkSize)
            {
                throw new InvalidOperationException($"A text encoder gave {chunk.Length} values for a chunk, {chunkSize} for the one before.");
            }

            chunk.CopyTo(hidden, i * chunkSize);
        }

        return new PromptEmbeddings(hidden, chunkCount * length, chunkSize / length, first.Pooled);
    }

    private static TextEncoding EncodeChunk(TextEncoderStage stage, PromptChunk chunk)
    {
        TextualInversionTable? textualInversions = null;
        if (chunk.Ids.AsSpan().ContainsAnyInRange(stage.Tokenizer.FirstPlaceholderId, int.MaxValue))
        {
            textualInversions = stage.TextualInversions
                ?? throw new InvalidOperationException("The prompt holds the token of a textual inversion, but the text encoder has no vectors for it.");
        }

        TextEncoding encoding = stage.Encoder.Encode(chunk.Ids, chunk.EndIndex, textualInversions);
        if (encoding.Hidden.Length == 0 || encoding.Hidden.Length % chunk.Ids.Length != 0)
        {
            throw new InvalidOperationException($"A text encoder gave {encoding.Hidden.Length} values for {chunk.Ids.Length} ids, wanted a multiple.");
        }

        if (chunk.Weights is not null)
        {
            ApplyWeights(encoding.Hidden, chunk.Weights);
        }

        return encoding;
    }

    // The web UI's rule ("original" emphasis): z·w, then everything times mean before ÷ mean after.
    private static void ApplyWeights(float[] hidden, float[] weights)
    {
        int width = hidden.Length / weights.Length;
        double before = 0;
        double after = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            Span<float> row = hidden.AsSpan(i * width, width);
            double sum = TensorPrimitives.Sum<float>(row);
            before += sum;
            after += sum * weights[i];
            TensorPrimitives.Multiply(row, weights[i], row);
        }

        // Weights of zero on everything leave no mean that could be restored.
        float restore = (float)(before / after);
        if (float.IsFinite(restore))
        {
            TensorPrimitives.Multiply(hidden, restore, hidden);
        }
    }

    private static PromptEmbeddings JoinWidths(PromptEmbeddings first, PromptEmbeddings second)
    {
        int width = first.Width + second.Width;
        float[] hidden = new float[first.SequenceLength * width];
        for (int i = 0; i < first.SequenceLength; i++)
        {
            first.Hidden.AsSpan(i * first.Width, first.Width).CopyTo(hidden.AsSpan(i * width));
            second.Hidden.AsSpan(i * second.Width, second.Width).CopyTo(hidden.AsSpan((i * width) + first.Width));
        }

        return new PromptEmbeddings(hidden, first.SequenceLength, width, second.Pooled);
    }
}
