using LayerDiffusion.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public class StackedProductsTests
{
    [Theory]
    [InlineData(17)]
    [InlineData(18)]
    public void Convert_Stack_GivesTheSameProducts(int operatorSet)
    {
        byte[] original = Stack(operatorSet);
        byte[] converted = StackedProducts.Convert(original)!;
        List<OnnxNode> nodes = [.. new OnnxRewriter(converted, new OnnxWeights(converted, default)).Nodes];
        Assert.Equal(3, nodes.Count(node => node.Operator == "MatMul"));
        Assert.Equal(Run(original), Run(converted));
    }

    [Theory]
    [InlineData("tiny-sd15/unet_joint")]
    [InlineData("tiny-sd15/unet_fg2bg")]
    public void Convert_AttentionSharingUnet_LeavesNoStack(string graph)
    {
        byte[] converted = StackedProducts.Convert(File.ReadAllBytes(Fixtures.PathOf("packages", graph, "model.onnx")))!;
        OnnxRewriter after = new(converted, new OnnxWeights(converted, default));
        Assert.DoesNotContain(after.Nodes, node => node.Operator == "MatMul" && after.StoredAs(node.Inputs[1]) is { Shape: [> 1, _, _] });
    }

    [Fact]
    public void Convert_NoStack_GivesNoGraph() => Assert.Null(StackedProducts.Convert(File.ReadAllBytes(Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx"))));

    // Whole numbers, whose products are exact in any order.
    private static byte[] Stack(int operatorSet)
    {
        byte[] graph = new GraphWriter()
            .Input("x", GraphWriter.Float32, "b", 3, "n", 4)
            .Output("y", GraphWriter.Float32, "b", 3, "n", 5)
            .Initializer("w", GraphWriter.Float32, [.. Enumerable.Range(0, 3 * 4 * 5).Select(i => (float)((i * 7) % 13))], 3, 4, 5)
            .Node("MatMul", ["x", "w"], "y")
            .ToArray();

        // The writer's graphs are of version 17: field 8 of the model, field 2 of the set.
        int place = graph.AsSpan().IndexOf((ReadOnlySpan<byte>)[(8 << 3) | 2, 2, 2 << 3, 17]) + 3;
        graph[place] = (byte)operatorSet;
        return graph;
    }

    private static float[] Run(byte[] graph)
    {
        using InferenceSession session = new(graph);
        using RunOptions options = new();
        using OrtValue x = OrtValue.CreateTensorValueFromMemory([.. Enumerable.Range(0, 2 * 3 * 6 * 4).Select(i => (float)((i * 5) % 11))], [2L, 3, 6, 4]);
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["x"], [x], ["y"]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
