using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// Turns a graph that computes in half precision into one that computes in single precision: weights, constants, declared types and casts.
/// On a CPU ONNX Runtime multiplies matrices of half precision many times slower than those of single precision.
/// </summary>
/// <remarks>
/// Field numbers are those of onnx.proto (https://github.com/onnx/onnx). A graph whose weights alone are half, each cast to single before it is used, is left
/// as it is: ONNX Runtime folds those casts when it loads the graph.
/// </remarks>
internal sealed class SinglePrecision
{
    private const ulong Float32 = 1;
    private const ulong Float16 = 10;
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
            if (model is { Number: 7, IsBlock: true } && IsHalfGraph(file, model.Content, depth: 0))
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
                1 => IsHalfNode(file, fields.Content, depth),
                11 or 12 => IsHalfValue(file, fields.Content),
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
            if (fields is not { Number: 5, IsBlock: true })
            {
                continue;
            }

            bool isType = IsTypeAttribute(file, fields.Content);
            OnnxFields attribute = new(file, fields.Content);
            while (attribute.Next())
            {
                if ((isType && attribute is { Number: 3, IsBlock: false, Value: Float16 })
                    || (attribute is { Number: 6 or 11, IsBlock: true } && depth < MaximumDepth && IsHalfGraph(file, attribute.Content, depth + 1)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // ValueInfoProto.type.tensor_type.elem_type
    private static bool IsHalfValue(ReadOnlySpan<byte> file, Range value)
    {
        foreach (int number in (ReadOnlySpan<int>)[2, 1])
        {
            if (!OnnxFields.TryFind(file, value, number, out value))
            {
                return false;
            }
        }

        OnnxFields type = new(file, value);
        while (type.Next())
        {
            if (type is { Number: 1, IsBlock: false, Value: Float16 })
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTypeAttribute(ReadOnlySpan<byte> file, Range attribute) =>
        OnnxFields.TryFind(file, attribute, 1, out Range name) && (file[name].SequenceEqual("to"u8) || file[name].SequenceEqual("dtype"u8));

    private OnnxMessage Model() => this.Rewrite(.., static (self, field, content, target) =>
    {
        switch (field)
        {
            case 7:
                target.Add(field, self.Graph(content, 0));
                return true;
            case 25:
                target.Add(field, self.Rewrite(content, static (self, field, content, function) => field == 7 && AddNode(self, field, content, function, 0)));
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
                case 1:
                    return AddNode(self, field, content, target, depth);
                case 5:
                    target.Add(field, self.Tensor(content));
                    return true;
                case 11 or 12 or 13:
                    target.Add(field, self.Rewrite(content, static (self, field, content, value) => field == 2 && AddType(self, field, content, value)));
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
            if (field != 5)
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
                case (3, false) when isType && fields.Value == Float16:
                    result.Add(3, Float32);
                    break;
                case (5 or 10, true):
                    result.Add(fields.Number, this.Tensor(fields.Content));
                    break;
                case (6 or 11, true):
                    result.Add(fields.Number, this.Graph(fields.Content, depth + 1));
                    break;
                case (14, true):
                    AddType(this, fields.Number, fields.Content, result);
                    break;
                default:
                    result.Copy(fields.Whole, this.file.Length);
                    break;
            }
        }

        return result;
    }

    // TypeProto: a tensor (1), or a sequence (4) or an optional value (9) of another type.
    private static bool AddType(SinglePrecision self, int field, Range type, OnnxMessage target)
    {
        target.Add(field, self.Rewrite(type, static (self, field, content, target) =>
        {
            switch (field)
            {
                case 1:
                    target.Add(field, self.TensorType(content));
                    return true;
                case 4 or 9:
                    target.Add(field, self.Rewrite(content, static (self, field, content, inner) => field == 1 && AddType(self, field, content, inner)));
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
            if (fields is { Number: 1, IsBlock: false, Value: Float16 })
            {
                result.Add(1, Float32);
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
            isHalf |= fields is { Number: 2, IsBlock: false, Value: Float16 };
            isExternal |= fields is { Number: 14, IsBlock: false, Value: 1 };
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
                case 2 when isHalf:
                    result.Add(2, Float32);
                    break;
                case 5 when isHalf:
                    this.ReadListed(fields, listed ??= new MemoryStream());
                    break;
                case 9 when isHalf:
                    values = Widen(this.file.AsSpan(fields.Content));
                    break;
                case 13 or 14 when isExternal:
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
