using System.Globalization;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>The names, element types and shapes that each kind of graph must have, and the check of a graph against them.</summary>
internal static class GraphContract
{
    /// <summary>The output and input that carry the pooled text embedding.</summary>
    public const string TextEmbeddings = "text_embeds";

    /// <summary>The state of a text encoder after its final layer norm.</summary>
    public const string LastHiddenState = "last_hidden_state";

    /// <summary>The number of control maps.</summary>
    public const int ControlMapCount = 4;

    private static readonly OnnxElementType[] Floating = [OnnxElementType.Float32, OnnxElementType.Float16];
    private static readonly OnnxElementType[] Tokens = [OnnxElementType.Int32, OnnxElementType.Int64];
    private static readonly OnnxElementType[] Numbers = [.. Floating, .. Tokens];

    /// <summary>The output with the state after a layer of a text encoder; 0 are the embeddings.</summary>
    public static string HiddenState(int layer) => $"hidden_states.{layer}";

    /// <summary>The input or output with a control map, the finest first.</summary>
    public static string ControlMap(int index) => $"control_{index:00}";

    /// <summary>Checks a text encoder; the second of two gives the pooled embedding.</summary>
    public static void CheckTextEncoder(ModelGraph graph, int layerCount, TextSettings text, bool isSecond)
    {
        List<TensorRequirement> outputs = [new(LastHiddenState, Floating, "B", "S", "d")];
        outputs.Add(isSecond ? new(text.Pooled ?? TextEmbeddings, Floating, "B", "p") : new("pooler_output", Floating, "B", "d"));

        // Without any of them the message should still name the one that is wanted.
        int last = layerCount > 0 ? layerCount : text.Hidden == Packages.HiddenState.Penultimate ? 1 : -1;
        for (int i = 0; i <= last; i++)
        {
            outputs.Add(new(HiddenState(i), Floating, "B", "S", "d"));
        }

        Check(graph, [new("input_ids", Tokens, "B", "77")], outputs);
    }

    /// <summary>Checks a UNet of so many input channels.</summary>
    public static void CheckUnet(ModelGraph graph, ModelFamily family, int inputChannels, int latentChannels, bool hasControl)
    {
        List<TensorRequirement> inputs =
        [
            new("sample", Floating, "B", Text(inputChannels), "h", "w"),
            new("timestep", Numbers, "1") { AllowsScalar = true },
            new("encoder_hidden_states", Floating, "B", "S", "D"),
        ];
        if (family == ModelFamily.StableDiffusionXL)
        {
            inputs.Add(new(TextEmbeddings, Floating, "B", "p"));
            inputs.Add(new("time_ids", Numbers, "B", "6"));
        }

        if (hasControl)
        {
            inputs.AddRange(ControlMaps());
        }

        Check(graph, inputs, [new("out_sample", Floating, "B", Text(latentChannels), "h", "w")]);
    }

    /// <summary>Checks a control encoder.</summary>
    public static void CheckControlEncoder(ModelGraph graph) => Check(graph, [new("condition", Floating, "1", "3", "H", "W")], ControlMaps());

    /// <summary>Checks a VAE encoder, which gives a distribution or, in older exports, a latent.</summary>
    public static void CheckVaeEncoder(ModelGraph graph, int latentChannels, bool givesParameters) => Check(
        graph,
        [new("sample", Floating, "B", "3", "H", "W")],
        [givesParameters
            ? new(ModelPackage.LatentParameters, Floating, "B", Text(2 * latentChannels), "h", "w")
            : new("latent_sample", Floating, "B", Text(latentChannels), "h", "w")]);

    /// <summary>Checks a VAE decoder.</summary>
    public static void CheckVaeDecoder(ModelGraph graph, int latentChannels) => Check(
        graph,
        [new("latent_sample", Floating, "B", Text(latentChannels), "h", "w")],
        [new("sample", Floating, "B", "3", "H", "W")]);

    /// <summary>Checks a transparency encoder.</summary>
    public static void CheckTransparencyEncoder(ModelGraph graph, int latentChannels) => Check(
        graph,
        [new("argb", Floating, "B", "4", "H", "W")],
        [new("offset", Floating, "B", Text(latentChannels), "h", "w")]);

    /// <summary>Checks a transparency decoder.</summary>
    public static void CheckTransparencyDecoder(ModelGraph graph, int latentChannels) => Check(
        graph,
        [new("pixel", Floating, "B", "3", "H", "W"), new("latent", Floating, "B", Text(latentChannels), "h", "w")],
        [new("argb", Floating, "B", "4", "H", "W")]);

    /// <summary>Checks that two graphs agree on an extent that both fix.</summary>
    public static void CheckSame(ModelGraph graph, string tensor, long? found, string source, long? expected)
    {
        if (found is long actual && expected is long wanted && actual != wanted)
        {
            throw new ModelFormatException(
                graph.FullName,
                $"{tensor} of width {wanted}, which {source} gives",
                graph.FindInput(tensor)!.ToString());
        }
    }

    private static IEnumerable<TensorRequirement> ControlMaps() =>
        Enumerable.Range(0, ControlMapCount).Select(index => new TensorRequirement(ControlMap(index), Floating, "1", "c", "h", "w"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Check(ModelGraph graph, IEnumerable<TensorRequirement> inputs, IEnumerable<TensorRequirement> outputs)
    {
        GraphComparison comparison = new();
        comparison.Compare("input", inputs, graph.Inputs);
        comparison.Compare("output", outputs, graph.Outputs);
        if (comparison.Expected.Count > 0)
        {
            throw new ModelFormatException(graph.FullName, string.Join(", ", comparison.Expected), $"{string.Join(", ", comparison.Found)}{comparison.Table}");
        }
    }
}
