using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// Tells what a graph fixes of its shapes, and of numbers computed from them, before it runs: the last extent of a product is that of its weights, whatever the batch and the size.
/// </summary>
/// <remarks>ONNX Runtime's own inference of shapes ends at the division by which exported graphs find the width of an attention head.</remarks>
internal sealed class OnnxShapes
{
    // Far more than what leads from a shape back to weights; no graph, however damaged, makes this run on.
    private const int MaximumDepth = 100;
    // Shapes have a few numbers; more is no shape, and no graph, however made, may ask for memory without end.
    private const int MostNumbers = 64;
    private const string QuantizedMatMul = $"{OnnxRewriter.ContributedDomain}:DynamicQuantizeMatMul";

    private readonly OnnxRewriter graph;
    private readonly Dictionary<string, int?> ranks = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, int), OnnxExtent?> extents = [];
    private readonly Dictionary<string, OnnxExtent?[]?> wholeNumbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float?> numbers = new(StringComparer.Ordinal);
    private int depth;

    /// <summary>Initializes a new instance of the <see cref="OnnxShapes"/> class.</summary>
    public OnnxShapes(OnnxRewriter graph) => this.graph = graph;

    /// <summary>How many axes a tensor has.</summary>
    /// <returns><see langword="null"/> if the graph does not fix it.</returns>
    public int? RankOf(string tensor) => this.Remember(this.ranks, tensor, this.FindRank);

    /// <summary>How far a tensor extends along an axis.</summary>
    /// <returns><see langword="null"/> if the graph does not fix it.</returns>
    public long? ExtentOf(string tensor, int axis) => this.Extent(tensor, axis) is { IsKnown: true } extent ? extent.Factor : null;

    /// <summary>What a floating number is.</summary>
    /// <returns><see langword="null"/> if the graph does not fix it. Half precision is not rounded to.</returns>
    public float? NumberOf(string tensor) => this.Remember(this.numbers, tensor, this.FindNumber);

    // What cannot be found out is an unknown of its own.
    private OnnxExtent Extent(string tensor, int axis) =>
        this.Remember(this.extents, (tensor, axis), key => this.FindExtent(key.Item1, key.Item2)) ?? new OnnxExtent(1, FormattableString.Invariant($"{tensor}[{axis}]"));

    private TValue Remember<TKey, TValue>(Dictionary<TKey, TValue> known, TKey key, Func<TKey, TValue> find)
        where TKey : notnull
    {
        if (known.TryGetValue(key, out TValue? value))
        {
            return value;
        }

        if (this.depth >= MaximumDepth)
        {
            return default!;
        }

        this.depth++;
        value = find(key);
        this.depth--;
        known[key] = value;
        return value;
    }

    private int? FindRank(string tensor)
    {
        if (this.graph.StoredAs(tensor) is { } stored)
        {
            return stored.Shape.Length;
        }

        if (this.graph.ProducerOf(tensor) is not { } node)
        {
            return this.DeclaredShape(tensor)?.Count;
        }

        return node.Operator switch
        {
            "Reshape" or "Expand" => this.WholeNumbersOf(node.Input(1))?.Length,
            "Transpose" => node.Numbers(this.graph.File, "perm") is { Length: > 0 } order ? order.Length : null,
            "Conv" => this.RankOf(node.Input(1)),
            "Constant" => this.ConstantOf(node)?.Shape.Length,
            "Concat" => node.Inputs.Select(this.RankOf).FirstOrDefault(rank => rank is not null),
            "Gemm" => 2,
            "Unsqueeze" when node.Inputs.Count > 1 => this.RankOf(node.Input(0)) + this.WholeNumbersOf(node.Input(1))?.Length,
            "Pad" or "Resize" or "Slice" or "Split" => this.RankOf(node.Input(0)),
            "MatMul" or QuantizedMatMul => Larger(this.RankOf(node.Input(0)), this.RankOf(node.Input(1)), least: 2),
            _ when IsElementwise(node.Operator) => this.RankOf(node.Input(0)),
            _ when IsBroadcast(node.Operator) => Larger(this.RankOf(node.Input(0)), this.RankOf(node.Input(1))),
            _ => null,
        };

        // Products with vectors have fewer axes; none is of interest here.
        static int? Larger(int? first, int? second, int least = 0) => first >= least && second >= least ? Math.Max(first.Value, second.Value) : null;
    }

    private OnnxExtent? FindExtent(string tensor, int axis)
    {
        if (axis < 0)
        {
            return null;
        }

        if (this.graph.StoredAs(tensor) is { } stored)
        {
            return axis < stored.Shape.Length ? new OnnxExtent(stored.Shape[axis]) : null;
        }

        if (this.graph.ProducerOf(tensor) is not { } node)
        {
            return this.DeclaredShape(tensor) is { } declared && axis < declared.Count && declared[axis] is { } extent ? new OnnxExtent(extent) : null;
        }

        switch (node.Operator)
        {
            case "Reshape":
                return this.WholeNumbersOf(node.Input(1)) is { } shape && axis < shape.Length ? this.ReshapedExtent(node, shape, axis) : null;
            case "Transpose":
                return node.Numbers(this.graph.File, "perm") is { } order && axis < order.Length ? this.Extent(node.Input(0), (int)order[axis]) : null;
            case "Conv":
                return axis == 1 ? this.Extent(node.Input(1), 0) : null;
            case "MatMul" or QuantizedMatMul:
                return this.RankOf(tensor) == axis + 1 && this.RankOf(node.Input(1)) is >= 2 and { } rank ? this.Extent(node.Input(1), rank - 1) : null;
            case var operation when IsElementwise(operation):
                return this.Extent(node.Input(0), axis);
            case var operation when IsBroadcast(operation):
                return this.BroadcastExtent(tensor, node, axis);
            default:
                return null;
        }
    }

    private OnnxExtent? ReshapedExtent(OnnxNode node, OnnxExtent?[] shape, int axis)
    {
        OnnxExtent?[] wanted =
        [
            .. shape.Select((extent, index) => extent is { IsKnown: true, Factor: 0 } ? node.Numbers(this.graph.File, "allowzero") is [1] ? null : this.Extent(node.Input(0), index) : extent),
        ];
        if (wanted[axis] is not { IsKnown: true, Factor: -1 })
        {
            return wanted[axis];
        }

        // What is left of the elements.
        if (this.RankOf(node.Input(0)) is not { } rank)
        {
            return null;
        }

        OnnxExtent? left = OnnxExtent.One;
        for (int i = 0; i < rank && left is not null; i++)
        {
            left *= this.Extent(node.Input(0), i);
        }

        for (int i = 0; i < wanted.Length && left is not null; i++)
        {
            left = i == axis ? left : wanted[i] is { } other ? left.DivideBy(other) : null;
        }

        return left;
    }

    // Of two operands one that is longer than 1 decides; operands of fewer axes are aligned at the end.
    private OnnxExtent? BroadcastExtent(string tensor, OnnxNode node, int axis)
    {
        if (this.RankOf(tensor) is not { } rank)
        {
            return null;
        }

        OnnxExtent[] operands =
        [
            .. node.Inputs.Select(input => axis - rank + this.RankOf(input)!.Value is >= 0 and { } own ? this.Extent(input, own) : OnnxExtent.One).Where(extent => extent != OnnxExtent.One).Distinct(),
        ];
        return operands switch
        {
            [] => OnnxExtent.One,
            [{ } only] => only,
            _ => Array.Find(operands, operand => operand is { IsKnown: true, Factor: > 1 }),
        };
    }

    // Whole numbers of a list or a single one, those that are not even a product of extents as null.
    private OnnxExtent?[]? WholeNumbersOf(string tensor) => this.Remember(this.wholeNumbers, tensor, this.FindWholeNumbers);

    private OnnxExtent?[]? FindWholeNumbers(string tensor)
    {
        if (this.graph.StoredAs(tensor) is { } stored)
        {
            return this.ReadWholeNumbers(stored);
        }

        if (this.graph.ProducerOf(tensor) is not { } node)
        {
            return null;
        }

        switch (node.Operator)
        {
            case "Constant":
                return this.ConstantOf(node) is { } constant ? this.ReadWholeNumbers(constant) : null;
            case "Shape" when node.Attributes.Count == 0:
                return this.RankOf(node.Input(0)) is { } rank ? [.. Enumerable.Range(0, rank).Select(axis => this.Extent(node.Input(0), axis))] : null;
            case "Cast" or "Identity" or "Reshape" or "Squeeze" or "Unsqueeze":
                return this.WholeNumbersOf(node.Input(0));
            case "Concat":
                OnnxExtent?[]?[] parts = [.. node.Inputs.Select(this.WholeNumbersOf)];
                return Array.TrueForAll(parts, part => part is not null) && parts.Sum(part => part!.Length) <= MostNumbers ? [.. parts.SelectMany(part => part!)] : null;
            case "Gather":
                OnnxExtent?[] values = this.WholeNumbersOf(node.Input(0)) ?? [];
                return this.WholeNumbersOf(node.Input(1)) is { } indices ? [.. indices.Select(index => Number(index) is { } at && Place(at, values.Length) is { } place ? values[place] : null)] : null;
            case "Slice":
                return this.Slice(node);
            case "Add" or "Sub" or "Mul" or "Div" or "Mod":
                return this.WholeNumbersOf(node.Input(0)) is [var first] && this.WholeNumbersOf(node.Input(1)) is [var second]
                    ? [first is not null && second is not null ? Compute(node.Operator, first, second) : null]
                    : null;
            default:
                return null;
        }

        static int? Place(long at, int length) => (at < 0 ? at + length : at) is >= 0 and { } place && place < length ? (int)place : null;
    }

    private OnnxExtent?[]? Slice(OnnxNode node)
    {
        if (node.Inputs.Count < 3
            || this.WholeNumbersOf(node.Input(0)) is not { } values
            || this.WholeNumbersOf(node.Input(1)) is not [{ IsKnown: true } start]
            || this.WholeNumbersOf(node.Input(2)) is not [{ IsKnown: true } end]
            || (node.Inputs.Count > 4 && this.WholeNumbersOf(node.Input(4)) is not [{ IsKnown: true, Factor: 1 }]))
        {
            return null;
        }

        int first = Place(start.Factor);
        return values[first..Math.Max(first, Place(end.Factor))];

        int Place(long at) => (int)Math.Clamp(at < 0 ? at + values.Length : at, 0, values.Length);
    }

    private static long? Number(OnnxExtent? extent) => extent is { IsKnown: true } ? extent.Factor : null;

    private static OnnxExtent? Compute(string operation, OnnxExtent first, OnnxExtent second) => (operation, Number(first), Number(second)) switch
    {
        ("Mul", _, _) => first * second,
        ("Add", { } one, { } other) => new OnnxExtent(one + other),
        ("Sub", { } one, { } other) => new OnnxExtent(one - other),
        ("Mod", { } one, > 0 and { } other) => new OnnxExtent(((one % other) + other) % other),
        ("Div", { } one, > 0 and { } other) => new OnnxExtent(one / other),
        ("Div", _, _) => first.DivideBy(second),
        _ => null,
    };

    private float? FindNumber(string tensor)
    {
        if (this.graph.StoredAs(tensor) is { } stored)
        {
            return this.ReadNumber(stored);
        }

        if (this.graph.ProducerOf(tensor) is not { } node)
        {
            return null;
        }

        return node.Operator switch
        {
            "Constant" => this.ConstantOf(node) is { } constant ? this.ReadNumber(constant) : null,
            "Cast" => this.NumberOf(node.Input(0)) ?? (this.WholeNumbersOf(node.Input(0)) is [{ IsKnown: true } whole] ? whole.Factor : null),
            "Identity" or "Squeeze" or "Unsqueeze" => this.NumberOf(node.Input(0)),
            "Sqrt" => this.NumberOf(node.Input(0)) is { } number ? MathF.Sqrt(number) : null,
            "Mul" => this.NumberOf(node.Input(0)) * this.NumberOf(node.Input(1)),
            "Div" => this.NumberOf(node.Input(0)) / this.NumberOf(node.Input(1)),
            _ => null,
        };
    }

    private StoredTensor? ConstantOf(OnnxNode node) =>
        node.Operator == "Constant" && node.Attributes.TryGetValue("value", out Range attribute) && OnnxFields.TryFind(this.graph.File, attribute, OnnxSchema.Attribute.Tensor, out Range tensor)
            ? StoredTensor.Read(this.graph.File, tensor, string.Empty)
            : null;

    private OnnxExtent[]? ReadWholeNumbers(StoredTensor tensor)
    {
        if (tensor.Type is not (OnnxElementType.Int32 or OnnxElementType.Int64) || tensor.IsExternal || tensor.Shape.Length > 1 || tensor.Length > MostNumbers)
        {
            return null;
        }

        List<OnnxExtent> numbers = [];
        if (tensor.Values is { } values)
        {
            ReadOnlySpan<byte> bytes = this.graph.File.AsSpan(values);
            if (tensor.Type == OnnxElementType.Int64)
            {
                foreach (long value in MemoryMarshal.Cast<byte, long>(bytes))
                {
                    numbers.Add(new OnnxExtent(value));
                }
            }
            else
            {
                foreach (int value in MemoryMarshal.Cast<byte, int>(bytes))
                {
                    numbers.Add(new OnnxExtent(value));
                }
            }
        }
        else
        {
            OnnxFields fields = new(this.graph.File, tensor.Content);
            while (fields.Next())
            {
                if (fields is { Number: OnnxSchema.Tensor.Int32Data or OnnxSchema.Tensor.Int64Data, IsBlock: false })
                {
                    numbers.Add(new OnnxExtent((long)fields.Value));
                }
                else if (fields is { Number: OnnxSchema.Tensor.Int32Data or OnnxSchema.Tensor.Int64Data, IsBlock: true })
                {
                    OnnxFields.ReadPacked(this.graph.File.AsSpan(fields.Content), value => numbers.Add(new OnnxExtent((long)value)));
                }
            }
        }

        return numbers.Count == tensor.Length ? [.. numbers] : null;
    }

    private float? ReadNumber(StoredTensor tensor)
    {
        ReadOnlySpan<byte> bytes = tensor.Values is { } values ? this.graph.File.AsSpan(values) : OnnxFields.TryFind(this.graph.File, tensor.Content, OnnxSchema.Tensor.FloatData, out Range listed) ? this.graph.File.AsSpan(listed) : [];
        return (tensor.Type, bytes.Length) switch
        {
            (OnnxElementType.Float32, sizeof(float)) => MemoryMarshal.Read<float>(bytes),
            (OnnxElementType.Float16, 2) => (float)MemoryMarshal.Read<Half>(bytes),
            _ => null,
        };
    }

    // The extents that the graph declares for an input, those that callers choose as null.
    private List<long?>? DeclaredShape(string input)
    {
        if (this.graph.InputTypeOf(input) is not { } type
            || !OnnxFields.TryFind(this.graph.File, type, OnnxSchema.Type.Tensor, out Range tensor)
            || !OnnxFields.TryFind(this.graph.File, tensor, OnnxSchema.TensorType.Shape, out Range shape))
        {
            return null;
        }

        List<long?> result = [];
        OnnxFields dimensions = new(this.graph.File, shape);
        while (dimensions.Next())
        {
            if (dimensions is { Number: OnnxSchema.Shape.Dimension, IsBlock: true })
            {
                long? extent = null;
                OnnxFields dimension = new(this.graph.File, dimensions.Content);
                while (dimension.Next())
                {
                    extent = dimension is { Number: OnnxSchema.Dimension.Extent, IsBlock: false, Value: > 0 } ? (long)dimension.Value : extent;
                }

                result.Add(extent);
            }
        }

        return result;
    }

    private static bool IsElementwise(string operation) =>
        operation is "Cast" or "Erf" or "Identity" or "InstanceNormalization" or "LayerNormalization" or "Sigmoid" or "Softmax" or "Sqrt" or "Tanh";

    private static bool IsBroadcast(string operation) => operation is "Add" or "Div" or "Mul" or "Sub";
}
