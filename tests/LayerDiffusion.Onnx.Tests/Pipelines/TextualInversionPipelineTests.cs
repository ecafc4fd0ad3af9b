using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Models.Tiny;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Textual inversions through a text encoder that takes their vectors.</summary>
public sealed class TextualInversionPipelineTests : IDisposable
{
    private const string Embedding = "text.embeddings.token_embedding.weight";
    private const int Width = 32;

    private static readonly GenerationOptions Quick = new() { Width = 64, Height = 64, Steps = 2, GuidanceScale = 1, Seed = 3, AlphaAugmentation = AlphaAugmentation.Fast };

    private readonly string folder = Directory.CreateTempSubdirectory("inversion").FullName;

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Fact]
    public void GenerateTransparent_VectorsOfKnownWords_DrawWhatTheWordsDraw()
    {
        string model = this.CopyModel();
        string graph = Path.Combine(model, "text_encoder", "model.onnx");
        OnnxEditor editor = new(File.ReadAllBytes(graph));
        float[] rows = editor.ReadInitializer(Embedding);
        editor.AddInput("ti_embeddings", 1, null, Width).AddInitializer("ti_embeddings", new float[Width], 1, Width).ConcatenateBefore(Embedding, "ti_embeddings");
        File.WriteAllBytes(graph, editor.ToArray());
        int[] words = ClipTokenizer.Load(Path.Combine(model, "tokenizer")).Tokenize("the and");
        TextualInversion inversion = this.Save([.. words.SelectMany(id => rows.AsSpan(id * Width, Width).ToArray())], words.Length);

        using LayerDiffusionPipeline plain = LayerDiffusionPipeline.Load(model, GoldenCase.OneThread);
        using LayerDiffusionPipeline taught = LayerDiffusionPipeline.Load(model, GoldenCase.OneThread with { TextualInversions = [inversion] });

        Assert.Equal(2, words.Length);
        Assert.Equal(Draw(plain, "a the and in"), Draw(taught, "a <mine> in"));
        Assert.NotEqual(Draw(plain, "a in"), Draw(taught, "a <mine> in"));
        Assert.Equal(Draw(plain, "a in"), Draw(taught, "a in"));
    }

    [Fact]
    public void Load_AGraphThatTakesNone_NamesGraphAndInput()
    {
        PipelineOptions options = GoldenCase.OneThread with { TextualInversions = [this.Save(new float[128], 1)] };

        string message = Assert.Throws<NotSupportedException>(() => TinyModel.LoadPipeline(options)).Message;

        Assert.Contains("ti_embeddings", message, StringComparison.Ordinal);
        Assert.Contains("text_encoder/model.onnx", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_VectorsOfAnotherWidth_NamesBothWidths()
    {
        string model = this.CopyModel();
        string graph = Path.Combine(model, "text_encoder", "model.onnx");
        OnnxEditor editor = new(File.ReadAllBytes(graph));
        editor.AddInput("ti_embeddings", 1, null, Width).AddInitializer("ti_embeddings", new float[Width], 1, Width).ConcatenateBefore(Embedding, "ti_embeddings");
        File.WriteAllBytes(graph, editor.ToArray());

        string message = Assert.Throws<InvalidDataException>(() => LayerDiffusionPipeline.Load(model, GoldenCase.OneThread with { TextualInversions = [this.Save(new float[48], 1)] })).Message;

        Assert.Contains("48", message, StringComparison.Ordinal);
        Assert.Contains("32", message, StringComparison.Ordinal);
    }

    private static byte[] Draw(LayerDiffusionPipeline pipeline, string prompt) => pipeline.GenerateTransparent(prompt, Quick).Image.ToArray();

    private string CopyModel()
    {
        string source = Fixtures.PathOf("packages", "tiny-sd15");
        string target = Path.Combine(this.folder, "model");
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return target;
    }

    private TextualInversion Save(float[] vectors, int count)
    {
        string path = Path.Combine(this.folder, $"{Guid.NewGuid():N}.safetensors");
        SafetensorsWriter writer = new();
        writer.Add<float>("emb_params", vectors, count, vectors.Length / count);
        writer.Save(path);
        return TextualInversion.Load(path, "<mine>");
    }
}
