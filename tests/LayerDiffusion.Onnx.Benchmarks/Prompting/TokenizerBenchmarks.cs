using BenchmarkDotNet.Attributes;
using LayerDiffusion.Onnx.Prompting;

namespace LayerDiffusion.Onnx.Benchmarks.Prompting;

/// <summary>Tokens of a prompt of about seventy words, and opening the vocabulary of CLIP.</summary>
[Config(typeof(RatioConfig))]
public class TokenizerBenchmarks
{
    private const string Sentence = "a glass bottle with a silver lid on a wooden table, soft window light, highly detailed, café still life, 4k; ";

    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "fixtures", "components", "tokenizer");
    private readonly string prompt = string.Concat(Enumerable.Repeat(Sentence, 4));
    private ClipTokenizer? tokenizer;

    [GlobalSetup]
    public void Setup() => this.tokenizer = ClipTokenizer.Load(Folder);

    [Benchmark]
    public int[] Tokenize() => this.tokenizer!.Tokenize(this.prompt);

    [Benchmark]
    public ClipTokenizer Load() => ClipTokenizer.Load(Folder);
}
