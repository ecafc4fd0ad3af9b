using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>A tensor that a graph stores.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Content">Where it lies in the file.</param>
/// <param name="Values">Where its raw values lie in the file; <see langword="null"/> if they are elsewhere or listed.</param>
/// <param name="IsExternal">Whether its values lie in another file.</param>
internal sealed record StoredTensor(string Name, OnnxElementType Type, long[] Shape, Range Content, Range? Values, bool IsExternal)
{
    /// <summary>Gets the number of elements.</summary>
    public long Length => this.Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>Makes a new tensor, whose values are to be added.</summary>
    public static OnnxMessage Create(string name, OnnxElementType type, long[] shape)
    {
        OnnxMessage tensor = new();
        foreach (long extent in shape)
        {
            tensor.Add(OnnxSchema.Tensor.Extents, (ulong)extent);
        }

        tensor.Add(OnnxSchema.Tensor.ElementType, (ulong)type);
        tensor.Add(OnnxSchema.Tensor.Name, name);
        return tensor;
    }

    /// <summary>Reads what a tensor is.</summary>
    /// <param name="file">The graph's file.</param>
    /// <param name="content">Where the tensor lies in it.</param>
    /// <param name="name">Its name if it has none of its own.</param>
    /// <returns><see langword="null"/> if it has no name or an extent that is not positive.</returns>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static StoredTensor? Read(ReadOnlySpan<byte> file, Range content, string? name = null)
    {
        OnnxElementType type = OnnxElementType.Undefined;
        List<long> shape = [];
        Range? values = null;
        bool isExternal = false;
        OnnxFields fields = new(file, content);
        while (fields.Next())
        {
            switch (fields.Number, fields.IsBlock)
            {
                case (OnnxSchema.Tensor.Extents, false):
                    shape.Add((long)fields.Value);
                    break;
                case (OnnxSchema.Tensor.Extents, true):
                    OnnxFields.ReadPacked(file[fields.Content], value => shape.Add((long)value));
                    break;
                case (OnnxSchema.Tensor.ElementType, false):
                    type = (OnnxElementType)fields.Value;
                    break;
                case (OnnxSchema.Tensor.Name, true):
                    name = OnnxNode.Text(file, fields.Content);
                    break;
                case (OnnxSchema.Tensor.RawData, true):
                    values = fields.Content;
                    break;
                case (OnnxSchema.Tensor.Location, false):
                    isExternal = fields.Value == OnnxSchema.Tensor.ExternalLocation;
                    break;
                default:
                    break;
            }
        }

        return name is not null && shape.All(extent => extent is > 0 and <= int.MaxValue) ? new StoredTensor(name, type, [.. shape], content, values, isExternal) : null;
    }
}
