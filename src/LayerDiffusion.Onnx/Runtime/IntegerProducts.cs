using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// Turns multiplications by constant matrices into ones of 8-bit integers, which several times as many of fit into a processor's vector instructions: <c>MatMul</c>, and the <c>Add</c> of a
/// bias after it, become ONNX Runtime's <c>DynamicQuantizeMatMul</c>, and <c>Conv</c> becomes an <see cref="IntegerConvolution"/>.
/// </summary>
/// <remarks>
/// Each column of a matrix has a scale of its own, the largest magnitude over 127, and no zero point. What it is multiplied with is quantized by ONNX Runtime at
/// each run, by the extremes it then has. The operator's inputs are those of ONNX Runtime's
/// ContribOperators.md: A, B, b_scale, b_zero_point, bias of <c>DynamicQuantizeMatMul</c>.
/// </remarks>
internal sealed class IntegerProducts
{
    private const int MaximumDepth = 32;

    private readonly OnnxRewriter graph;
    private readonly int limit;

    private IntegerProducts(byte[] file, OnnxWeights weights, int limit)
    {
        this.graph = new OnnxRewriter(file, weights);
        this.limit = limit;
    }

    /// <summary>
    /// Gets the largest magnitude of a weight that this processor takes: x86 processors without VNNI add pairs of products in 16 bits, where two products of 255 and 127
    /// would not fit but two of 255 and 64 do.
    /// </summary>
    public static int LargestWeight { get; } = X86Base.IsSupported && !HasVnni() ? 64 : 127;

    /// <summary>Converts a graph with all weights inside.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="largestWeight">The largest magnitude that the processor takes; 0 for this one's.</param>
    /// <param name="cancellationToken">Cancels between two weights.</param>
    /// <exception cref="InvalidDataException">The graph is damaged, or it has external weights.</exception>
    public static byte[] Convert(byte[] file, int largestWeight = 0, CancellationToken cancellationToken = default) =>
        new IntegerProducts(file, new OnnxWeights(file, cancellationToken), largestWeight > 0 ? largestWeight : LargestWeight).Model().ToArray(file);

    /// <summary>Converts a graph of any size to <c>model.onnx</c> and <c>model.onnx_data</c> in a folder.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="sourceFolder">Where its external weights lie.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="cancellationToken">Cancels between two weights.</param>
    /// <returns>The path of the new graph.</returns>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static string Convert(byte[] file, string sourceFolder, string folder, CancellationToken cancellationToken = default) =>
        OnnxWeights.Rewrite(file, sourceFolder, folder, weights => new IntegerProducts(file, weights, LargestWeight).Model(), cancellationToken);

    /// <summary>Quantizes a matrix by its columns.</summary>
    /// <param name="values"><c>[rows,columns]</c>.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="limit">The largest magnitude of a quantized value.</param>
    /// <returns>The quantized values, and the scale of each column: value = quantized · scale.</returns>
    public static (sbyte[] Values, float[] Scales) Quantize(ReadOnlySpan<float> values, int columns, int limit)
    {
        float[] largest = new float[columns];
        for (int row = 0; row < values.Length; row += columns)
        {
            TensorPrimitives.MaxMagnitude(largest, values.Slice(row, columns), largest);
        }

        float[] scales = new float[columns];
        float[] factors = new float[columns];
        for (int column = 0; column < columns; column++)
        {
            float magnitude = Math.Abs(largest[column]);
            scales[column] = magnitude > 0 ? magnitude / limit : 1;
            factors[column] = 1 / scales[column];
        }

        sbyte[] result = new sbyte[values.Length];
        float[] scaled = new float[columns];
        for (int row = 0; row < values.Length; row += columns)
        {
            TensorPrimitives.Multiply(values.Slice(row, columns), factors, scaled);
            TensorPrimitives.Round(scaled, scaled);
            TensorPrimitives.ConvertSaturating<float, sbyte>(scaled, result.AsSpan(row, columns));
        }

        return (result, scales);
    }

    // Leaf 7 of CPUID: AVX512_VNNI is bit 11 of ECX in subleaf 0, AVX-VNNI bit 4 of EAX in subleaf 1.
    private static bool HasVnni() =>
        X86Base.CpuId(0, 0).Eax >= 7 && ((X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0 || (X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 4)) != 0));

    private OnnxMessage Model()
    {
        this.Plan();
        return this.graph.ToModel();
    }

    private void Plan()
    {
        Dictionary<string, OnnxNode> adds = new(StringComparer.Ordinal);
        foreach (OnnxNode node in this.graph.Nodes.Where(node => node is { Operator: "Add", Inputs.Count: 2 }))
        {
            adds[node.Inputs[0]] = adds[node.Inputs[1]] = node;
        }

        foreach (OnnxNode node in this.graph.Nodes)
        {
            if (node is not ({ Operator: "MatMul", Inputs.Count: 2 } or { Operator: "Conv", Inputs.Count: 2 or 3 })
                || this.Resolve(node.Inputs[1]) is not { } weights
                || (weights.Values is null && !weights.IsExternal))
            {
                continue;
            }

            if (node.Operator == "MatMul" && weights.Shape.Length == 2)
            {
                this.Replace(node, weights, adds);
            }
            else if (node.Operator == "Conv" && this.graph.OperatorSet >= IntegerConvolution.LeastOperatorSet && IntegerConvolution.Read(this.graph.File, node, weights) is { } convolution)
            {
                this.graph.Replace(node, convolution.Nodes($"{weights.Name}_int8", $"{weights.Name}_scale", values => this.graph.AddNumbers(values)));
                this.AddQuantized(weights);
                this.graph.Release(node.Inputs[1]);
            }
        }
    }

    private void Replace(OnnxNode product, StoredTensor matrix, Dictionary<string, OnnxNode> adds)
    {
        string output = product.Outputs[0];
        string bias = string.Empty;
        OnnxNode last = product;
        if (adds.TryGetValue(output, out OnnxNode? add) && this.graph.UsesOf(output) == 1)
        {
            string other = add.Inputs[add.Inputs[0] == output ? 1 : 0];
            if (this.Resolve(other) is { Shape.Length: 1 } vector && vector.Shape[0] == matrix.Shape[1])
            {
                (bias, last) = (other, add);
            }
        }

        // At the place of the last node all inputs are there, and nothing before it reads the output.
        string[] inputs = [product.Inputs[0], $"{matrix.Name}_int8", $"{matrix.Name}_scale", string.Empty, bias];
        this.graph.Replace(product, []);
        this.graph.Replace(last, [OnnxNode.Create($"{OnnxRewriter.ContributedDomain}:DynamicQuantizeMatMul", inputs, [last.Outputs[0]])]);
        this.AddQuantized(matrix);
        this.graph.Release(product.Inputs[1]);
    }

    // A tensor of the graph, perhaps renamed or turned from half to single precision.
    private StoredTensor? Resolve(string name)
    {
        bool isCast = false;
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            if (this.graph.StoredAs(name) is { Type: OnnxElementType.Float32 or OnnxElementType.Float16 } tensor)
            {
                return isCast || tensor.Type == OnnxElementType.Float32 ? tensor : null;
            }

            if (this.graph.ProducerOf(name) is not { Inputs.Count: 1 } node
                || !(node.Operator == "Identity" || (node.Operator == "Cast" && node.Numbers(this.graph.File, "to") is [(long)OnnxElementType.Float32])))
            {
                return null;
            }

            name = node.Inputs[0];
            isCast |= node.Operator == "Cast";
        }

        return null;
    }

    private void AddQuantized(StoredTensor matrix) => this.graph.AddTensors(matrix.Name, () =>
    {
        byte[] bytes = this.graph.ReadValues(matrix);
        bytes = matrix.Type == OnnxElementType.Float16 ? SinglePrecision.Widen(bytes) : bytes;
        if (bytes.Length != matrix.Length * sizeof(float))
        {
            throw new InvalidDataException($"The ONNX graph has a tensor '{matrix.Name}' of {string.Join(" x ", matrix.Shape)} with {bytes.Length} bytes.");
        }

        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(bytes);
        bool isKernel = matrix.Shape.Length == 4;
        int columns = (int)matrix.Shape[isKernel ? 0 : 1];
        (sbyte[] values, float[] scales) = Quantize(isKernel ? IntegerConvolution.ToMatrix(numbers, matrix.Shape) : numbers, columns, this.limit);
        return
        [
            new NewTensor($"{matrix.Name}_int8", OnnxElementType.Int8, [values.Length / columns, columns], MemoryMarshal.AsBytes(values.AsSpan()).ToArray()),
            new NewTensor($"{matrix.Name}_scale", OnnxElementType.Float32, [columns], MemoryMarshal.AsBytes(scales.AsSpan()).ToArray()),
        ];
    });
}
