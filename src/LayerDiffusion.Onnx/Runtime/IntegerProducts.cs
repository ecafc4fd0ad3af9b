using System.Globalization;
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
    private const string Domain = "com.microsoft";

    private readonly byte[] file;
    private readonly OnnxWeights weights;
    private readonly int limit;
    private readonly List<OnnxNode> nodes = [];
    private readonly Dictionary<string, OnnxNode> producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> uses = new(StringComparer.Ordinal);

    // What becomes of a node: others, or nothing.
    private readonly Dictionary<Range, List<OnnxMessage>> changes = [];
    private readonly HashSet<string> quantized = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long[]> constants = new(StringComparer.Ordinal);
    private ulong operatorSet;

    private IntegerProducts(byte[] file, OnnxWeights weights, int limit)
    {
        this.file = file;
        this.weights = weights;
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

    private static void AddOperatorSet(OnnxMessage model)
    {
        OnnxMessage set = new();
        set.Add(OnnxSchema.OperatorSet.Domain, Domain);
        set.Add(OnnxSchema.OperatorSet.Version, 1);
        model.Add(OnnxSchema.Model.OperatorSet, set);
    }

    private OnnxMessage Model()
    {
        OnnxMessage model = new();
        bool hasDomain = this.ReadOperatorSets();
        OnnxFields fields = new(this.file, ..);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Model.Graph, IsBlock: true })
            {
                model.Add(OnnxSchema.Model.Graph, this.Graph(fields.Content));
            }
            else
            {
                model.Copy(fields.Whole, this.file.Length);
            }
        }

        if (!hasDomain)
        {
            AddOperatorSet(model);
        }

        return model;
    }

    private bool ReadOperatorSets()
    {
        bool hasDomain = false;
        OnnxFields fields = new(this.file, ..);
        while (fields.Next())
        {
            if (fields is not { Number: OnnxSchema.Model.OperatorSet, IsBlock: true })
            {
                continue;
            }

            string domain = OnnxFields.TryFind(this.file, fields.Content, OnnxSchema.OperatorSet.Domain, out Range name) ? OnnxNode.Text(this.file, name) : string.Empty;
            hasDomain |= domain == Domain;
            OnnxFields set = new(this.file, fields.Content);
            while (domain is "" or "ai.onnx" && set.Next())
            {
                this.operatorSet = set is { Number: OnnxSchema.OperatorSet.Version, IsBlock: false } ? set.Value : this.operatorSet;
            }
        }

        return hasDomain;
    }

    private OnnxMessage Graph(Range graph)
    {
        this.Scan(graph);
        this.Plan();

        OnnxMessage result = new();
        OnnxFields fields = new(this.file, graph);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Graph.Node, IsBlock: true } && this.changes.TryGetValue(fields.Whole, out List<OnnxMessage>? change))
            {
                change.ForEach(node => result.Add(OnnxSchema.Graph.Node, node));
            }
            else if (fields is not { Number: OnnxSchema.Graph.Initializer, IsBlock: true })
            {
                result.Copy(fields.Whole, this.file.Length);
            }
            else if (OnnxFields.TryFind(this.file, fields.Content, OnnxSchema.Tensor.Name, out Range name) && this.IsUsed(OnnxNode.Text(this.file, name)))
            {
                this.AddInitializer(result, fields.Whole, fields.Content);
            }
        }

        foreach (string name in this.quantized)
        {
            this.AddQuantized(result, name, this.tensors[name]);
        }

        foreach ((string name, long[] values) in this.constants)
        {
            this.AddTensor(result, name, OnnxElementType.Int64, MemoryMarshal.AsBytes(values.AsSpan()), [values.Length]);
        }

        return result;
    }

    private void Scan(Range graph)
    {
        HashSet<string> inputs = new(StringComparer.Ordinal);
        OnnxFields fields = new(this.file, graph);
        while (fields.Next())
        {
            switch (fields.Number, fields.IsBlock)
            {
                case (OnnxSchema.Graph.Node, true):
                    OnnxNode node = OnnxNode.Read(this.file, fields.Whole, fields.Content);
                    this.nodes.Add(node);
                    node.Outputs.ForEach(output => this.producers[output] = node);
                    break;
                case (OnnxSchema.Graph.Initializer, true) when StoredTensor.Read(this.file, fields.Content) is { Type: OnnxElementType.Float32 or OnnxElementType.Float16 } tensor:
                    this.tensors[tensor.Name] = tensor;
                    break;
                case (OnnxSchema.Graph.Input, true) when OnnxFields.TryFind(this.file, fields.Content, OnnxSchema.Value.Name, out Range name):
                    inputs.Add(OnnxNode.Text(this.file, name));
                    break;
                default:
                    break;
            }
        }

        this.CountUses(graph, 0);

        // A caller may give such a tensor another value.
        foreach (string name in inputs)
        {
            this.tensors.Remove(name);
        }
    }

    // Nested graphs may read what the outer ones compute.
    private void CountUses(Range graph, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new InvalidDataException($"The ONNX graph has subgraphs nested deeper than {MaximumDepth}.");
        }

        OnnxFields fields = new(this.file, graph);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Graph.Output, IsBlock: true } && OnnxFields.TryFind(this.file, fields.Content, OnnxSchema.Value.Name, out Range output))
            {
                this.AddUse(output);
            }
            else if (fields is { Number: OnnxSchema.Graph.Node, IsBlock: true })
            {
                OnnxFields node = new(this.file, fields.Content);
                while (node.Next())
                {
                    if (node is { Number: OnnxSchema.Node.Input, IsBlock: true })
                    {
                        this.AddUse(node.Content);
                    }
                    else if (node is { Number: OnnxSchema.Node.Attribute, IsBlock: true })
                    {
                        OnnxFields attribute = new(this.file, node.Content);
                        while (attribute.Next())
                        {
                            if (attribute is { Number: OnnxSchema.Attribute.Graph or OnnxSchema.Attribute.Graphs, IsBlock: true })
                            {
                                this.CountUses(attribute.Content, depth + 1);
                            }
                        }
                    }
                }
            }
        }
    }

    private void AddUse(Range name)
    {
        string text = OnnxNode.Text(this.file, name);
        this.uses[text] = this.uses.GetValueOrDefault(text) + 1;
    }

    // Names in parts that are not read here, such as annotations, are left alone: only what lost its last use goes.
    private bool IsUsed(string name) => !this.uses.TryGetValue(name, out int count) || count > 0;

    private void Plan()
    {
        Dictionary<string, OnnxNode> adds = new(StringComparer.Ordinal);
        foreach (OnnxNode node in this.nodes.Where(node => node is { Operator: "Add", Inputs.Count: 2 }))
        {
            adds[node.Inputs[0]] = adds[node.Inputs[1]] = node;
        }

        foreach (OnnxNode node in this.nodes)
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
            else if (node.Operator == "Conv" && this.operatorSet >= IntegerConvolution.LeastOperatorSet && IntegerConvolution.Read(this.file, node, weights) is { } convolution)
            {
                this.changes[node.Whole] = convolution.Nodes($"{weights.Name}_int8", $"{weights.Name}_scale", this.Constant);
                this.quantized.Add(weights.Name);
                this.Release(node.Inputs[1]);
            }
        }
    }

    private void Replace(OnnxNode product, StoredTensor matrix, Dictionary<string, OnnxNode> adds)
    {
        string output = product.Outputs[0];
        string bias = string.Empty;
        OnnxNode last = product;
        if (adds.TryGetValue(output, out OnnxNode? add) && this.uses.GetValueOrDefault(output) == 1)
        {
            string other = add.Inputs[add.Inputs[0] == output ? 1 : 0];
            if (this.Resolve(other) is { Shape.Length: 1 } vector && vector.Shape[0] == matrix.Shape[1])
            {
                (bias, last) = (other, add);
            }
        }

        // At the place of the last node all inputs are there, and nothing before it reads the output.
        this.changes[product.Whole] = [];
        this.changes[last.Whole] =
            [OnnxNode.Create($"{Domain}:DynamicQuantizeMatMul", [product.Inputs[0], $"{matrix.Name}_int8", $"{matrix.Name}_scale", string.Empty, bias], [last.Outputs[0]])];
        this.quantized.Add(matrix.Name);
        this.Release(product.Inputs[1]);
    }

    // The nodes between a tensor and its last reader go with the reader.
    private void Release(string name)
    {
        if (--this.uses[name] == 0 && this.producers.TryGetValue(name, out OnnxNode? node))
        {
            this.changes[node.Whole] = [];
            this.Release(node.Inputs[0]);
        }
    }

    // A tensor of the graph, perhaps renamed or turned from half to single precision.
    private StoredTensor? Resolve(string name)
    {
        bool isCast = false;
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            if (this.tensors.TryGetValue(name, out StoredTensor? tensor))
            {
                return isCast || tensor.Type == OnnxElementType.Float32 ? tensor : null;
            }

            if (!this.producers.TryGetValue(name, out OnnxNode? node) || node.Inputs.Count != 1 || !(node.Operator == "Identity" || (node.Operator == "Cast" && node.Numbers(this.file, "to") is [(long)OnnxElementType.Float32])))
            {
                return null;
            }

            name = node.Inputs[0];
            isCast |= node.Operator == "Cast";
        }

        return null;
    }

    private void AddInitializer(OnnxMessage graph, Range whole, Range content)
    {
        OnnxMessage tensor = new();
        bool isExternal = false;
        OnnxFields fields = new(this.file, content);
        while (fields.Next())
        {
            isExternal |= fields is { Number: OnnxSchema.Tensor.Location, IsBlock: false, Value: OnnxSchema.Tensor.ExternalLocation };
            if (fields.Number is not (OnnxSchema.Tensor.ExternalData or OnnxSchema.Tensor.Location))
            {
                tensor.Copy(fields.Whole, this.file.Length);
            }
        }

        if (!isExternal || !this.weights.HasFile)
        {
            graph.Copy(whole, this.file.Length);
            return;
        }

        this.weights.AddValues(tensor, this.weights.ReadExternal(content));
        graph.Add(OnnxSchema.Graph.Initializer, tensor);
    }

    private void AddQuantized(OnnxMessage graph, string name, StoredTensor matrix)
    {
        byte[] bytes = matrix.Values is { } inside ? this.file[inside] : this.weights.ReadExternal(matrix.Content);
        bytes = matrix.Type == OnnxElementType.Float16 ? SinglePrecision.Widen(bytes) : bytes;
        if (bytes.Length != matrix.Length * sizeof(float))
        {
            throw new InvalidDataException($"The ONNX graph has a tensor '{name}' of {string.Join(" x ", matrix.Shape)} with {bytes.Length} bytes.");
        }

        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<byte, float>(bytes);
        bool isKernel = matrix.Shape.Length == 4;
        int columns = (int)matrix.Shape[isKernel ? 0 : 1];
        (sbyte[] values, float[] scales) = Quantize(isKernel ? IntegerConvolution.ToMatrix(numbers, matrix.Shape) : numbers, columns, this.limit);
        this.AddTensor(graph, $"{name}_int8", OnnxElementType.Int8, MemoryMarshal.AsBytes(values.AsSpan()), [values.Length / columns, columns]);
        this.AddTensor(graph, $"{name}_scale", OnnxElementType.Float32, MemoryMarshal.AsBytes(scales.AsSpan()), [columns]);
    }

    private string Constant(long[] values)
    {
        string name = $"int64_{string.Join('_', values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}";
        this.constants[name] = values;
        return name;
    }

    private void AddTensor(OnnxMessage graph, string name, OnnxElementType type, ReadOnlySpan<byte> values, long[] shape)
    {
        OnnxMessage tensor = StoredTensor.Create(name, type, shape);
        this.weights.AddValues(tensor, values.ToArray());
        graph.Add(OnnxSchema.Graph.Initializer, tensor);
    }
}
