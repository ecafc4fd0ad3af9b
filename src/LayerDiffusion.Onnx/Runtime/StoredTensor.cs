namespace LayerDiffusion.Onnx.Runtime;

/// <summary>A tensor that a graph stores.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type, a number of onnx.proto.</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Content">Where it lies in the file.</param>
/// <param name="Values">Where its raw values lie in the file; <see langword="null"/> if they are elsewhere or listed.</param>
/// <param name="IsExternal">Whether its values lie in another file.</param>
internal sealed record StoredTensor(string Name, ulong Type, long[] Shape, Range Content, Range? Values, bool IsExternal)
{
    /// <summary>The type of single precision.</summary>
    public const ulong Float32 = 1;

    /// <summary>The type of half precision.</summary>
    public const ulong Float16 = 10;

    /// <summary>Gets the number of elements.</summary>
    public long Length => this.Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>Makes a new tensor, whose values are to be added.</summary>
    public static OnnxMessage Create(string name, ulong type, long[] shape)
    {
        OnnxMessage tensor = new();
        foreach (long extent in shape)
        {
            tensor.Add(1, (ulong)extent);
        }

        tensor.Add(2, type);
        tensor.Add(8, name);
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
        ulong type = 0;
        List<long> shape = [];
        Range? values = null;
        bool isExternal = false;
        OnnxFields fields = new(file, content);
        while (fields.Next())
        {
            switch (fields.Number, fields.IsBlock)
            {
                case (1, false):
                    shape.Add((long)fields.Value);
                    break;
                case (1, true):
                    OnnxFields.ReadPacked(file[fields.Content], value => shape.Add((long)value));
                    break;
                case (2, false):
                    type = fields.Value;
                    break;
                case (8, true):
                    name = OnnxNode.Text(file, fields.Content);
                    break;
                case (9, true):
                    values = fields.Content;
                    break;
                case (14, false):
                    isExternal = fields.Value == 1;
                    break;
                default:
                    break;
            }
        }

        return name is not null && shape.All(extent => extent is > 0 and <= int.MaxValue) ? new StoredTensor(name, type, [.. shape], content, values, isExternal) : null;
    }
}
