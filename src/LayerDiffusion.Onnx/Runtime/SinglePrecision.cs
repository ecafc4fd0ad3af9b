using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// Turns a graph that computes in half precision into one that computes in single precision: weights, constants, declared types and casts.
/// On a CPU ONNX Runtime multiplies matrices of half precision many times slower than those of single precision.
/// </summary>
/// <remarks>A graph whose weights alone are half, each cast to single before it is used, is left as it is: ONNX Runtime folds those casts when it loads the graph.</remarks>
internal sealed class SinglePrecision
{
    private const ulong Float32 = (ulong)OnnxElementType.Float32;
    private const ulong Float16 = (ulong)OnnxElementType.Float16;
    private const int MaximumDepth = 32;

    private readonly byte[] file;
    private readonly OnnxWeights weights;

    private SinglePrecision(byte[] file, OnnxWeights weights)
    {
        this.file = file;
        this.weights = weights;
    }

    /// <summary>Whether a graph computes in half precision: an input or output of it is half, or a value is cast to half.</summary>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static bool IsHalf(ReadOnlySpan<byte> file)
    {
        OnnxFields model = new(file, ..);
        while (model.Next())
        {
            if (model is { Number: OnnxSchema.Model.Graph, IsBlock: true } && IsHalfGraph(file, model.Content, depth: 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Converts a graph with all weights inside.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="cancellationToken">Cancels between two weights.</param>
    /// <exception cref="InvalidDataException">The graph is damaged, or it has external weights.</exception>
    public static byte[] Convert(byte[] file, CancellationToken cancellationToken = default) => new SinglePrecision(file, new OnnxWeights(file, cancellationToken)).Model().ToArray(file);

    /// <summary>Converts a graph of any size to <c>model.onnx</c> and <c>model.onnx_data</c> in a folder.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="sourceFolder">Where its external weights lie.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="cancellationToken">Cancels between two weights.</param>
    /// <returns>The path of the new graph.</returns>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static string Convert(byte[] file, string sourceFolder, string folder, CancellationToken cancellationToken = default) =>
        OnnxWeights.Rewrite(file, sourceFolder, folder, weights => new SinglePrecision(file, weights).Model(), cancellationToken);

    /// <summary>Turns values of half precision into single.</summary>
    public static byte[] Widen(ReadOnlySpan<byte> halves)
    {
        byte[] singles = new byte[checked(halves.Length * 2)];
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(halves), MemoryMarshal.Cast<byte, float>(singles.AsSpan()));
        return singles;
    }

    private static bool IsHalfGraph(ReadOnlySpan<byte> file, Range graph, int depth)
    {
        OnnxFields fields = new(file, graph);
        while (fields.Next())
        {
            bool isHalf = fields.IsBlock && fields.Number switch
            {
                OnnxSchema.Graph.Node => IsHalfNode(file, fields.Content, depth),
                OnnxSchema.Graph.Input or OnnxSchema.Graph.Output => IsHalfValue(file, fields.Content),
                _ => false,
            };
            if (isHalf)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsHalfNode(ReadOnlySpan<byte> file, Range node, int depth)
    {
        OnnxFields fields = new(file, node);
        while (fields.Next())
        {
            if (fields is not { Number: OnnxSchema.Node.Attribute, IsBlock: true })
            {
                continue;
            }

            bool isType = IsTypeAttribute(file, fields.Content);
            OnnxFields attribute = new(file, fields.Content);
            while (attribute.Next())
            {
                if ((isType && attribute is { Number: OnnxSchema.Attribute.Integer, IsBlock: false, Value: Float16 })
                    || (attribute is { Number: OnnxSchema.Attribute.Graph or OnnxSchema.Attribute.Graphs, IsBlock: true } && depth < MaximumDepth && IsHalfGraph(file, attribute.Content, depth + 1)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsHalfValue(ReadOnlySpan<byte> file, Range value)
    {
        foreach (int number in (ReadOnlySpan<int>)[OnnxSchema.Value.Type, OnnxSchema.Type.Tensor])
        {
            if (!OnnxFields.TryFind(file, value, number, out value))
            {
                return false;
            }
        }

        OnnxFields type = new(file, value);
        while (type.Next())
        {
            if (type is { Number: OnnxSchema.TensorType.Element, IsBlock: false, Value: Float16 })
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTypeAttribute(ReadOnlySpan<byte> file, Range attribute) =>
        OnnxFields.TryFind(file, attribute, OnnxSchema.Attribute.Name, out Range name) && (file[name].SequenceEqual("to"u8) || file[name].SequenceEqual("dtype"u8));

    private OnnxMessage Model() => this.Rewrite(.., static (self, field, content, target) =>
    {
        switch (field)
        {
            case OnnxSchema.Model.Graph:
                target.Add(field, self.Graph(content, 0));
                return true;
            case OnnxSchema.Model.Function:
                target.Add(field, self.Rewrite(content, static (self, field, content, function) => field == OnnxSchema.Function.Node && AddNode(self, field, content, function, 0)));
                return true;
            default:
                return false;
        }
    });

    private OnnxMessage Graph(Range graph, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new InvalidDataException($"The ONNX graph has subgraphs nested deeper than {MaximumDepth}.");
        }

        return this.Rewrite(graph, (self, field, content, target) =>
        {
            switch (field)
            {
                case OnnxSchema.Graph.Node:
                    return AddNode(self, field, content, target, depth);
                case OnnxSchema.Graph.Initializer:
                    target.Add(field, self.Tensor(content));
                    return true;
                case OnnxSchema.Graph.Input or OnnxSchema.Graph.Output or OnnxSchema.Graph.ValueInfo:
                    target.Add(field, self.Rewrite(content, static (self, field, content, value) => field == OnnxSchema.Value.Type && AddType(self, field, content, value)));
                    return true;
                default:
                    return false;
            }
        });
    }

    private static bool AddNode(SinglePrecision self, int field, Range node, OnnxMessage target, int depth)
    {
        target.Add(field, self.Rewrite(node, (self, field, content, target) =>
        {
            if (field != OnnxSchema.Node.Attribute)
            {
                return false;
            }

            target.Add(field, self.Attribute(content, depth));
            return true;
        }));
        return true;
    }

    private OnnxMessage Attribute(Range attribute, int depth)
    {
        bool isType = IsTypeAttribute(this.file, attribute);
        OnnxMessage result = new();
        OnnxFields fields = new(this.file, attribute);
        while (fields.Next())
        {
            switch (fields.Number, fields.IsBlock)
            {
                case (OnnxSchema.Attribute.Integer, false) when isType && fields.Value == Float16:
                    result.Add(fields.Number, Float32);
                    break;
                case (OnnxSchema.Attribute.Tensor or OnnxSchema.Attribute.Tensors, true):
                    result.Add(fields.Number, this.Tensor(fields.Content));
                    break;
                case (OnnxSchema.Attribute.Graph or OnnxSchema.Attribute.Graphs, true):
                    result.Add(fields.Number, this.Graph(fields.Content, depth + 1));
                    break;
                case (OnnxSchema.Attribute.TypeProto, true):
                    AddType(this, fields.Number, fields.Content, result);
                    break;
                default:
                    result.Copy(fields.Whole, this.file.Length);
                    break;
            }
        }

        return result;
    }

    // A tensor, or a sequence or an optional value of another type.
    private static bool AddType(SinglePrecision self, int field, Range type, OnnxMessage target)
    {
        target.Add(field, self.Rewrite(type, static (self, field, content, target) =>
        {
            switch (field)
            {
                case OnnxSchema.Type.Tensor:
                    target.Add(field, self.TensorType(content));
                    return true;
                case OnnxSchema.Type.Sequence or OnnxSchema.Type.Optional:
                    target.Add(field, self.Rewrite(content, static (self, field, content, inner) => field == OnnxSchema.Type.Inner && AddType(self, field, content, inner)));
                    return true;
                default:
                    return false;
            }
        }));
        return true;
    }

    private OnnxMessage TensorType(Range type)
    {
        OnnxMessage result = new();
        OnnxFields fields = new(this.file, type);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.TensorType.Element, IsBlock: false, Value: Float16 })
            {
                result.Add(fields.Number, Float32);
            }
            else
            {
                result.Copy(fields.Whole, this.file.Length);
            }
        }

        return result;
    }

    private OnnxMessage Tensor(Range tensor)
    {
        bool isHalf = false;
        bool isExternal = false;
        OnnxFields fields = new(this.file, tensor);
        while (fields.Next())
        {
            isHalf |= fields is { Number: OnnxSchema.Tensor.ElementType, IsBlock: false, Value: Float16 };
            isExternal |= fields is { Number: OnnxSchema.Tensor.Location, IsBlock: false, Value: OnnxSchema.Tensor.ExternalLocation };
        }

        OnnxMessage result = new();
        byte[]? values = isExternal ? this.weights.ReadExternal(tensor) : null;
        values = isHalf && values is not null ? Widen(values) : values;
        MemoryStream? listed = null;
        fields = new OnnxFields(this.file, tensor);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case OnnxSchema.Tensor.ElementType when isHalf:
                    result.Add(fields.Number, Float32);
                    break;
                case OnnxSchema.Tensor.Int32Data when isHalf:
                    this.ReadListed(fields, listed ??= new MemoryStream());
                    break;
                case OnnxSchema.Tensor.RawData when isHalf:
                    values = Widen(this.file.AsSpan(fields.Content));
                    break;
                case OnnxSchema.Tensor.ExternalData or OnnxSchema.Tensor.Location when isExternal:
                    break;
                default:
                    result.Copy(fields.Whole, this.file.Length);
                    break;
            }
        }

        values ??= listed is null ? null : Widen(listed.ToArray());
        if (values is not null)
        {
            this.weights.AddValues(result, values);
        }

        return result;
    }

    // int32_data holds one half in each number, packed or not.
    private void ReadListed(OnnxFields field, MemoryStream halves)
    {
        if (!field.IsBlock)
        {
            AddHalf(field.Value);
            return;
        }

        OnnxFields.ReadPacked(this.file.AsSpan(field.Content), AddHalf);

        void AddHalf(ulong bits)
        {
            halves.WriteByte((byte)bits);
            halves.WriteByte((byte)(bits >> 8));
        }
    }

    private delegate bool FieldWriter(SinglePrecision self, int field, Range content, OnnxMessage target);

    // Copies a message; the writer adds those of its blocks that change and says so.
    private OnnxMessage Rewrite(Range message, FieldWriter writer)
    {
        OnnxMessage result = new();
        OnnxFields fields = new(this.file, message);
        while (fields.Next())
        {
            if (!fields.IsBlock || !writer(this, fields.Number, fields.Content, result))
            {
                result.Copy(fields.Whole, this.file.Length);
            }
        }

        return result;
    }
}
