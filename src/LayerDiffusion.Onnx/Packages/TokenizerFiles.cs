namespace LayerDiffusion.Onnx.Packages;

/// <summary>The files of one tokenizer, read when asked for.</summary>
internal sealed class TokenizerFiles
{
    private readonly PackageFiles files;

    /// <summary>Finds the files in a folder of the package.</summary>
    /// <exception cref="ModelFormatException">vocab.json or merges.txt is missing, or both files that can name the special tokens.</exception>
    public TokenizerFiles(PackageFiles files, string folder)
    {
        this.files = files;
        this.Folder = folder;
        this.VocabularyPath = $"{folder}/vocab.json";
        this.MergesPath = $"{folder}/merges.txt";
        this.SpecialTokensMapPath = $"{folder}/special_tokens_map.json";
        this.TokenizerConfigPath = $"{folder}/tokenizer_config.json";
        files.Require(this.VocabularyPath, "the tokenizer's vocabulary");
        files.Require(this.MergesPath, "the tokenizer's merges");

        // Newer exporters write the special tokens only into tokenizer_config.json.
        if (!files.Exists(this.TokenizerConfigPath))
        {
            files.Require(this.SpecialTokensMapPath, "the tokenizer's special tokens, here or in tokenizer_config.json");
        }
    }

    /// <summary>Gets the folder they lie in, within the package.</summary>
    public string Folder { get; }

    /// <summary>Gets the path of vocab.json within the package.</summary>
    public string VocabularyPath { get; }

    /// <summary>Gets the path of merges.txt within the package.</summary>
    public string MergesPath { get; }

    /// <summary>Gets the path of special_tokens_map.json within the package.</summary>
    public string SpecialTokensMapPath { get; }

    /// <summary>Gets the path of tokenizer_config.json within the package.</summary>
    public string TokenizerConfigPath { get; }

    /// <summary>The name of one of the files for messages, with the folder or zip before it.</summary>
    public string NameOf(string path) => this.files.NameOf(path);

    /// <summary>Reads vocab.json: a JSON object from token to id.</summary>
    public byte[] ReadVocabulary() => this.files.ReadText(this.VocabularyPath);

    /// <summary>Reads merges.txt: one pair a line, best first.</summary>
    public byte[] ReadMerges() => this.files.ReadText(this.MergesPath);

    /// <summary>Reads special_tokens_map.json, or nothing if there is none.</summary>
    public byte[]? ReadSpecialTokensMap() => this.ReadOptional(this.SpecialTokensMapPath);

    /// <summary>Reads tokenizer_config.json, or nothing if there is none.</summary>
    public byte[]? ReadTokenizerConfig() => this.ReadOptional(this.TokenizerConfigPath);

    private byte[]? ReadOptional(string path) => this.files.Exists(path) ? this.files.ReadText(path) : null;
}
