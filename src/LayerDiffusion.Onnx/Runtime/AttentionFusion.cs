namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// Replaces attention that a graph spells out, softmax(q·kᵀ·scale)·v, by ONNX Runtime's <c>MultiHeadAttention</c>, which never holds the whole matrix of scores: at 512² that is 1 GiB in the
/// first block of a UNet, and it grows with the fourth power of the side ("FlashAttention", Dao et al. 2022).
/// </summary>
/// <remarks>
/// What is looked for is how torch exports <c>scaled_dot_product_attention</c>: heads split by <c>Reshape</c> and <c>Transpose</c>, both factors scaled by the root of the scale. The number of
/// heads must follow from the graph. Inputs are those of ONNX Runtime's ContribOperators.md: query, key and value <c>[B,tokens,heads·width]</c>.
/// </remarks>
internal sealed class AttentionFusion
{
    private readonly OnnxRewriter graph;
    private readonly OnnxShapes shapes;
    private readonly Dictionary<string, List<OnnxNode>> readers = new(StringComparer.Ordinal);

    private AttentionFusion(OnnxRewriter graph)
    {
        this.graph = graph;
        this.shapes = new OnnxShapes(graph);
        foreach (OnnxNode node in graph.Nodes)
        {
            foreach (string input in node.Inputs)
            {
                (this.readers.TryGetValue(input, out List<OnnxNode>? list) ? list : this.readers[input] = []).Add(node);
            }
        }
    }

    /// <summary>Fuses the attention of a graph; its weights stay where they are.</summary>
    /// <returns>The new graph, or <see langword="null"/> if there is nothing to fuse.</returns>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static byte[]? Convert(byte[] file, CancellationToken cancellationToken = default)
    {
        OnnxRewriter graph = new(file, new OnnxWeights(file, cancellationToken));
        AttentionFusion fusion = new(graph);
        foreach (OnnxNode softmax in graph.Nodes.Where(node => node is { Operator: "Softmax", Outputs.Count: 1 }))
        {
            fusion.Fuse(softmax);
        }

        return graph.HasChanges ? graph.ToModel().ToArray(file) : null;
    }

    private void Fuse(OnnxNode softmax)
    {
        if (softmax.Numbers(this.graph.File, "axis") is not [-1 or 3]
            || this.OnlyReader(softmax) is not { Operator: "MatMul", Outputs.Count: 1 } product
            || product.Input(0) != softmax.Outputs[0]
            || this.OnlyReader(product) is not { Outputs.Count: 1 } last
            || !this.IsTransposed(last, 0, 2, 1, 3)
            || this.graph.ProducerOf(softmax.Input(0)) is not { Operator: "MatMul" } scores
            || this.graph.UsesOf(scores.Outputs[0]) != 1)
        {
            return;
        }

        (string query, float queryScale) = this.Unscale(scores.Input(0));
        (string key, float keyScale) = this.Unscale(scores.Input(1));
        if (this.Untransposed(query, 0, 2, 1, 3) is not { } queryHeads
            || this.Untransposed(key, 0, 2, 3, 1) is not { } keyHeads
            || this.Untransposed(product.Input(1), 0, 2, 1, 3) is not { } valueHeads
            || this.HeadsOf(queryHeads) is not { } heads
            || this.HeadsOf(keyHeads) != heads
            || this.HeadsOf(valueHeads) is not { } valueSize
            || valueSize.Count != heads.Count
            || !float.IsNormal(queryScale * keyScale))
        {
            return;
        }

        string output = last.Outputs[0];
        List<OnnxMessage> nodes = [];
        OnnxMessage attention = OnnxNode.Create(
            $"{OnnxRewriter.ContributedDomain}:MultiHeadAttention",
            [Join(queryHeads, heads, "query"), Join(keyHeads, heads, "key"), Join(valueHeads, valueSize, "value")],
            [$"{output}_joined"],
            ("num_heads", [heads.Count]));
        OnnxNode.AddAttribute(attention, "scale", queryScale * keyScale);
        nodes.Add(attention);
        nodes.Add(OnnxNode.Create("Reshape", [$"{output}_joined", this.graph.AddNumbers(0, 0, valueSize.Count, valueSize.Width)], [output]));

        this.graph.Replace(softmax, []);
        this.graph.Replace(product, []);
        this.graph.Replace(scores, []);
        this.graph.Replace(last, nodes);
        this.graph.Release(scores.Input(0));
        this.graph.Release(scores.Input(1));
        this.graph.Release(product.Input(1));

        string Join(string tensor, (long Count, long Width) size, string name)
        {
            string joined = $"{output}_{name}";
            nodes.Add(OnnxNode.Create("Reshape", [tensor, this.graph.AddNumbers(0, 0, size.Count * size.Width)], [joined]));
            this.graph.Retain(tensor);
            return joined;
        }
    }

    private OnnxNode? OnlyReader(OnnxNode node) =>
        this.graph.UsesOf(node.Outputs[0]) == 1 && this.readers.TryGetValue(node.Outputs[0], out List<OnnxNode>? list) && list is [{ } reader] ? reader : null;

    private (string Tensor, float Scale) Unscale(string tensor)
    {
        if (this.graph.ProducerOf(tensor) is { Operator: "Mul" } product)
        {
            for (int i = 0; i < 2; i++)
            {
                if (this.shapes.NumberOf(product.Input(1 - i)) is { } scale)
                {
                    return (product.Input(i), scale);
                }
            }
        }

        return (tensor, 1);
    }

    private bool IsTransposed(OnnxNode node, params ReadOnlySpan<long> order) => node.Operator == "Transpose" && order.SequenceEqual(node.Numbers(this.graph.File, "perm"));

    private string? Untransposed(string tensor, params ReadOnlySpan<long> order) =>
        this.graph.ProducerOf(tensor) is { } node && this.IsTransposed(node, order) ? node.Input(0) : null;

    // Of [B,tokens,heads,width].
    private (long Count, long Width)? HeadsOf(string tensor) =>
        this.shapes.RankOf(tensor) == 4 && this.shapes.ExtentOf(tensor, 2) is { } count && this.shapes.ExtentOf(tensor, 3) is { } width ? (count, width) : null;
}
