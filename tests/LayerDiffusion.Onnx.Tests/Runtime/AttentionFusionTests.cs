using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>What pictures the fused graphs draw is held by the golden tests of every mode, which run with them.</summary>
public sealed class AttentionFusionTests : IDisposable
{
    private const string Fused = "com.microsoft:MultiHeadAttention";
    private const int Heads = 3;
    private const int Width = 5;

    private readonly string folder = Directory.CreateTempSubdirectory("attention").FullName;

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData("tiny-sd15/unet", 20)]
    [InlineData("tiny-sd15/unet_base", 20)]
    [InlineData("tiny-sd15/unet_joint", 20)]
    [InlineData("tiny-sd15/unet_fg2bg", 20)]
    [InlineData("tiny-sd15/unet_bg2fg", 20)]
    [InlineData("tiny-sd15/vae_decoder", 1)]
    [InlineData("tiny-sd15/vae_encoder", 1)]
    [InlineData("tiny-plain-sd15/unet", 20)]
    [InlineData("tiny-sdxl/unet", 16)]
    [InlineData("tiny-sdxl/unet_fg2ble", 16)]
    [InlineData("tiny-sdxl/transparency_decoder", 16)]
    [InlineData("tiny-sdxl-fp16/unet", 16)]
    [InlineData("tiny-sdxl-fp16/vae_decoder", 1)]
    public void Convert_ExportedGraph_FusesEveryAttention(string graph, int count)
    {
        List<OnnxNode> nodes = Nodes(AttentionFusion.Convert(File.ReadAllBytes(Fixtures.PathOf("packages", graph, "model.onnx")))!);
        Assert.Equal(count, nodes.Count(node => node.Operator == Fused));

        // Of what computed the scales and the transposed heads nothing is left.
        Assert.DoesNotContain(nodes, node => node.Operator == "Sqrt" && nodes.TrueForAll(other => !other.Inputs.Contains(node.Outputs[0])));
    }

    [Theory]
    [InlineData("tiny-sdxl/text_encoder")]
    [InlineData("tiny-sdxl/transparency_encoder")]
    public void Convert_NothingToFuse_GivesNoGraph(string graph) => Assert.Null(AttentionFusion.Convert(File.ReadAllBytes(Fixtures.PathOf("packages", graph, "model.onnx"))));

    [Theory]
    [InlineData(0.4f, 0.4f)]
    [InlineData(1f, 0.2f)]
    [InlineData(-0.5f, 0.5f)]
    [InlineData(null, null)]
    public void Convert_AnyScale_AttendsTheSame(float? queryScale, float? keyScale)
    {
        byte[] original = Attention(queryScale, keyScale);
        byte[] fused = AttentionFusion.Convert(original)!;
        Assert.Single(Nodes(fused), node => node.Operator == Fused);

        // Sums of 7 products of single precision in another order: a few times 2^-24 of values up to 1.
        foreach ((float expected, float actual) in Run(original).Zip(Run(fused)))
        {
            Assert.Equal(expected, actual, 2e-6);
        }
    }

    [Fact]
    public void Convert_ScaleOfZero_IsLeftAlone() => Assert.Null(AttentionFusion.Convert(Attention(0, 1)));

    [Fact]
    public void Convert_HeadsThatOnlyARunTells_IsLeftAlone() => Assert.Null(AttentionFusion.Convert(Attention(1, 1, headShape: [0, 0, -1, Width], declaredWidth: "width")));

    [Fact]
    public void Convert_ScoresReadElsewhere_IsLeftAlone() => Assert.Null(AttentionFusion.Convert(Attention(1, 1, scoresAreRead: true)));

    [Fact]
    public void Load_ExternalWeights_AreReadWhereTheyLie()
    {
        byte[] original = File.ReadAllBytes(Fixtures.PathOf("packages", "tiny-sdxl", "vae_decoder", "model.onnx"));
        string path = OnnxWeights.Rewrite(original, this.folder, this.folder, weights => Outside(new OnnxRewriter(original, weights)), default);
        Assert.True(new FileInfo(path + "_data").Length > original.Length / 2);
        float[] expected = Decode(new GraphFile("vae_decoder", path, null));
        float[] actual = Decode(new GraphFile("vae_decoder", path, null) { FuseAttention = true });

        // One attention in another order of sums, then normalized.
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.NotEqual(expected, actual);

        static float[] Decode(GraphFile file)
        {
            using GraphSession graph = GraphSession.Load(file, new SessionSettings(Device.Cpu, 1, AllowSpinning: false), default);
            using GraphBinding binding = graph.CreateBinding();
            GraphTensor latent = binding.BindInput("latent_sample", 1, 4, 8, 8);
            latent.Write([.. Enumerable.Range(0, latent.Length).Select(i => MathF.Sin(i))]);
            GraphTensor output = binding.BindOutput("sample", 1, 3, 64, 64);
            binding.Run(default);
            float[] values = new float[output.Length];
            output.Read(values);
            return values;
        }
    }

    [Fact]
    public void Convert_CutOff_IsRefused()
    {
        byte[] original = Attention(1, 1);
        for (int length = 1; length < original.Length; length += 37)
        {
            Assert.Throws<InvalidDataException>(() => AttentionFusion.Convert(original[..length]));
        }
    }

    // The weights of a graph, put into a file.
    private static OnnxMessage Outside(OnnxRewriter graph)
    {
        foreach (OnnxNode node in graph.Nodes)
        {
            foreach (string input in node.Inputs)
            {
                if (graph.StoredAs(input) is { Type: OnnxElementType.Float32, Length: > 64 } tensor && graph.UsesOf(input) == 1)
                {
                    graph.Release(input);
                    graph.AddTensors(input, () => [new NewTensor(input, tensor.Type, tensor.Shape, graph.ReadValues(tensor))]);
                }
            }
        }

        return graph.ToModel();
    }

    private static List<OnnxNode> Nodes(byte[] graph) => [.. new OnnxRewriter(graph, new OnnxWeights(graph, default)).Nodes];

    // As torch exports it: heads split and transposed, both factors scaled, joined again.
    private static byte[] Attention(float? queryScale, float? keyScale, long[]? headShape = null, object? declaredWidth = null, bool scoresAreRead = false)
    {
        object width = declaredWidth ?? (Heads * Width);
        GraphWriter graph = new GraphWriter()
            .Input("query", GraphWriter.Float32, "batch", "tokens", width).Input("key", GraphWriter.Float32, "batch", "words", width).Input("value", GraphWriter.Float32, "batch", "words", width)
            .Output("result", GraphWriter.Float32, "batch", "tokens", width)
            .Initializer("split", GraphWriter.Int64, headShape ?? [0, 0, Heads, Width], 4)
            .Initializer("join", GraphWriter.Int64, [0, 0, -1L], 3)
            .Node("Reshape", ["query", "split"], "q4").Node("Transpose", ["q4"], "q", ("perm", [0, 2, 1, 3]))
            .Node("Reshape", ["key", "split"], "k4").Node("Transpose", ["k4"], "k", ("perm", [0, 2, 3, 1]))
            .Node("Reshape", ["value", "split"], "v4").Node("Transpose", ["v4"], "v", ("perm", [0, 2, 1, 3]));
        string q = Scaled("q", queryScale);
        string k = Scaled("k", keyScale);
        graph.Node("MatMul", [q, k], "scores").Node("Softmax", ["scores"], "shares", ("axis", [-1])).Node("MatMul", ["shares", "v"], "mixed")
            .Node("Transpose", ["mixed"], "turned", ("perm", [0, 2, 1, 3])).Node("Reshape", ["turned", "join"], "result");
        return (scoresAreRead ? graph.Output("scores", GraphWriter.Float32, "batch", "heads", "tokens", "words") : graph).ToArray();

        string Scaled(string name, float? scale)
        {
            if (scale is not { } factor)
            {
                return name;
            }

            graph.Initializer($"{name}_scale", GraphWriter.Float32, new[] { factor }).Node("Mul", [name, $"{name}_scale"], $"{name}_scaled");
            return $"{name}_scaled";
        }
    }

    private static float[] Run(byte[] graph)
    {
        using InferenceSession session = new(graph);
        using RunOptions options = new();
        using OrtValue query = Values(2, 11, 1);
        using OrtValue key = Values(2, 7, 2);
        using OrtValue value = Values(2, 7, 3);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["query", "key", "value"], [query, key, value], ["result"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();

        static OrtValue Values(int batch, int tokens, int seed)
        {
            Random random = new(seed);
            float[] numbers = [.. Enumerable.Range(0, batch * tokens * Heads * Width).Select(_ => (random.NextSingle() * 2) - 1)];
            return OrtValue.CreateTensorValueFromMemory(numbers, [batch, tokens, Heads * Width]);
        }
    }
}
