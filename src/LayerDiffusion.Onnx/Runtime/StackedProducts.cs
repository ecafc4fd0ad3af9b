namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// Takes products with a stack of matrices, one for each frame, apart into a product for each. ONNX Runtime hands such a stack to cuBLAS as a list of addresses, which it copies from the
/// host's memory at each run; a CUDA graph would copy what lies there later.
/// </summary>
internal static class StackedProducts
{
    // From here on Split is told how many parts it makes.
    private const ulong CountedSplit = 18;

    /// <summary>Takes the products <c>[B,frames,tokens,width]·[frames,width,outputs]</c> of a graph apart; its weights stay where they are.</summary>
    /// <returns>The new graph, or <see langword="null"/> if there are none.</returns>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static byte[]? Convert(byte[] file, CancellationToken cancellationToken = default)
    {
        OnnxRewriter graph = new(file, new OnnxWeights(file, cancellationToken));
        OnnxShapes shapes = new(graph);
        foreach (OnnxNode node in graph.Nodes)
        {
            if (node is { Operator: "MatMul", Outputs.Count: 1 }
                && graph.StoredAs(node.Input(1)) is { Shape: [> 1 and { } frames, _, _] }
                && shapes.RankOf(node.Input(0)) == 4
                && shapes.ExtentOf(node.Input(0), 1) == frames)
            {
                graph.Replace(node, Products(node, (int)frames, graph.OperatorSet >= CountedSplit));
            }
        }

        return graph.HasChanges ? graph.ToModel().ToArray(file) : null;
    }

    private static List<OnnxMessage> Products(OnnxNode node, int frames, bool isCounted)
    {
        string output = node.Outputs[0];
        string[] parts = Names("frame");
        string[] matrices = Names("matrix");
        string[] products = Names("product");
        List<OnnxMessage> nodes = [Split(node.Input(0), 1, parts), Split(node.Input(1), 0, matrices)];
        nodes.AddRange(products.Select((product, frame) => OnnxNode.Create("MatMul", [parts[frame], matrices[frame]], [product])));
        nodes.Add(OnnxNode.Create("Concat", products, [output], ("axis", [1])));
        return nodes;

        string[] Names(string kind) => [.. Enumerable.Range(0, frames).Select(frame => FormattableString.Invariant($"{output}_{kind}_{frame}"))];

        OnnxMessage Split(string whole, long axis, string[] names) => isCounted
            ? OnnxNode.Create("Split", [whole], names, ("axis", [axis]), ("num_outputs", [names.Length]))
            : OnnxNode.Create("Split", [whole], names, ("axis", [axis]));
    }
}
