using System.Text.Json;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>The special tokens and the length of a <see cref="ClipTokenizer"/>. The defaults are those of CLIP (transformers' <c>CLIPTokenizer</c>).</summary>
public sealed record ClipTokenizerOptions
{
    private const int MaximumFileLength = 1 << 20;
    private const int DefaultMaximumLength = 77;

    // Configurations without a limit write 10^30; no CLIP text encoder has more positions than this.
    internal const int LargestMaximumLength = 4096;

    /// <summary>Gets the token put before every text. It must be an entry of the vocabulary.</summary>
    public string BosToken { get; init; } = "<|startoftext|>";

    /// <summary>Gets the token put after every text. It must be an entry of the vocabulary.</summary>
    public string EosToken { get; init; } = "<|endoftext|>";

    /// <summary>Gets the token that stands for a symbol the vocabulary lacks. It must be an entry of the vocabulary.</summary>
    public string UnknownToken { get; init; } = "<|endoftext|>";

    /// <summary>
    /// Gets the token that fills the ids up to <see cref="MaximumLength"/>; <c>!</c> for the second text encoder of SDXL. It must be an entry of the vocabulary.
    /// Like the other special tokens it is cut out of a text wherever it occurs.
    /// </summary>
    public string PadToken { get; init; } = "<|endoftext|>";

    /// <summary>Gets the number of ids that a text encoder takes, start and end included; 3 to 4096.</summary>
    public int MaximumLength { get; init; } = DefaultMaximumLength;

    /// <summary>Reads the special tokens from the files beside a vocabulary; whatever neither file says keeps its default.</summary>
    /// <param name="specialTokensMap"><c>special_tokens_map.json</c>, or null; it goes before the other file. The caller closes it.</param>
    /// <param name="tokenizerConfig"><c>tokenizer_config.json</c>, or null. The caller closes it.</param>
    /// <returns>The options.</returns>
    /// <exception cref="InvalidDataException">A file is no JSON object, or a token is neither text nor an object with <c>content</c>.</exception>
    public static ClipTokenizerOptions Read(Stream? specialTokensMap, Stream? tokenizerConfig)
    {
        ClipTokenizerOptions options = new();
        if (tokenizerConfig is not null)
        {
            options = options.Read(tokenizerConfig, "tokenizer_config.json");
        }

        return specialTokensMap is null ? options : options.Read(specialTokensMap, "special_tokens_map.json");
    }

    private static string ReadToken(JsonElement root, string field, string fallback, string fileName)
    {
        if (!root.TryGetProperty(field, out JsonElement token) || token.ValueKind == JsonValueKind.Null)
        {
            return fallback;
        }

        JsonElement content = token;
        if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out JsonElement inner))
        {
            content = inner;
        }

        return content.ValueKind == JsonValueKind.String && content.GetString() is { Length: > 0 } text
            ? text
            : throw new InvalidDataException($"'{fileName}': '{field}' is a JSON {content.ValueKind}, wanted a text that is not empty, or an object with 'content'.");
    }

    private ClipTokenizerOptions Read(Stream stream, string usualName)
    {
        byte[] bytes = PromptingFile.ReadAll(stream, usualName, MaximumFileLength, out string fileName);
        try
        {
            using JsonDocument document = JsonDocument.Parse(PromptingFile.WithoutByteOrderMark(bytes));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException($"'{fileName}' holds a JSON {root.ValueKind}, wanted an object.");
            }

            int maximumLength = this.MaximumLength;
            if (root.TryGetProperty("model_max_length", out JsonElement length) && length.ValueKind == JsonValueKind.Number)
            {
                double value = length.GetDouble();
                maximumLength = value is >= 3 and <= LargestMaximumLength ? (int)value
                    : value > LargestMaximumLength ? DefaultMaximumLength
                    : throw new InvalidDataException($"'{fileName}': 'model_max_length' is {length.GetRawText()}, wanted 3 or more.");
            }

            return new ClipTokenizerOptions
            {
                BosToken = ReadToken(root, "bos_token", this.BosToken, fileName),
                EosToken = ReadToken(root, "eos_token", this.EosToken, fileName),
                UnknownToken = ReadToken(root, "unk_token", this.UnknownToken, fileName),
                PadToken = ReadToken(root, "pad_token", this.PadToken, fileName),
                MaximumLength = maximumLength,
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"'{fileName}' is not valid JSON: {exception.Message}", exception);
        }
    }
}
