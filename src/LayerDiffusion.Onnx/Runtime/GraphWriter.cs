using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Writes small ONNX graphs; field numbers are those of onnx.proto.</summary>
internal sealed class GraphWriter
{
    public const ulong Float32 = 1;
    public const ulong UInt8 = 2;
    public const ulong Int8 = 3;
    public const ulong Int32 = 6;
    public const ulong Int64 = 7;
    public const ulong Float16 = 10;

    private readonly OnnxMessage graph = new();

    public GraphWriter Input(string name, ulong type, params object[] shape) => this.Value(11, name, type, shape);

    public GraphWriter Output(string name, ulong type, params object[] shape) => this.Value(12, name, type, shape);

    /// <summary>Adds a node; an operator of another domain has that domain and a colon before it.</summary>
    public GraphWriter Node(string operation, string[] inputs, string output, params (string Name, long[] Values)[] attributes)
    {
        this.graph.Add(1, OnnxNode.Create(operation, inputs, [output], attributes));
        return this;
    }

    public GraphWriter Initializer<T>(string name, ulong type, T[] values, params long[] shape)
        where T : unmanaged
    {
        OnnxMessage tensor = StoredTensor.Create(name, type, shape);
        tensor.Add(9, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        this.graph.Add(5, tensor);
        return this;
    }

    public byte[] ToArray()
    {
        OnnxMessage model = new();
        model.Add(1, 8);
        OnnxMessage operators = new();
        operators.Add(2, 17);
        model.Add(8, operators);
        OnnxMessage contributed = new();
        contributed.Add(1, "com.microsoft");
        contributed.Add(2, 1);
        model.Add(8, contributed);
        this.graph.Add(2, "graph");
        model.Add(7, this.graph);
        using MemoryStream stream = new();
        model.Write([], stream);
        return stream.ToArray();
    }

    private GraphWriter Value(int field, string name, ulong type, object[] shape)
    {
        OnnxMessage extents = new();
        foreach (object extent in shape)
        {
            OnnxMessage dimension = new();
            if (extent is string free)
            {
                dimension.Add(2, free);
            }
            else
            {
                dimension.Add(1, (ulong)(int)extent);
            }

            extents.Add(1, dimension);
        }

        OnnxMessage tensor = new();
        tensor.Add(1, type);
        tensor.Add(2, extents);
        OnnxMessage kind = new();
        kind.Add(1, tensor);
        OnnxMessage value = new();
        value.Add(1, name);
        value.Add(2, kind);
        this.graph.Add(field, value);
        return this;
    }
}
