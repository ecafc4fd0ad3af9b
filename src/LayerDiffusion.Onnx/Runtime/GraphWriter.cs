using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Writes small ONNX graphs.</summary>
internal sealed class GraphWriter
{
    public const ulong Float32 = (ulong)OnnxElementType.Float32;
    public const ulong UInt8 = (ulong)OnnxElementType.UInt8;
    public const ulong Int8 = (ulong)OnnxElementType.Int8;
    public const ulong Int32 = (ulong)OnnxElementType.Int32;
    public const ulong Int64 = (ulong)OnnxElementType.Int64;
    public const ulong Float16 = (ulong)OnnxElementType.Float16;

    private readonly OnnxMessage graph = new();

    public GraphWriter Input(string name, ulong type, params object[] shape) => this.Value(OnnxSchema.Graph.Input, name, type, shape);

    public GraphWriter Output(string name, ulong type, params object[] shape) => this.Value(OnnxSchema.Graph.Output, name, type, shape);

    /// <summary>Adds a node; an operator of another domain has that domain and a colon before it.</summary>
    public GraphWriter Node(string operation, string[] inputs, string output, params (string Name, long[] Values)[] attributes)
    {
        this.graph.Add(OnnxSchema.Graph.Node, OnnxNode.Create(operation, inputs, [output], attributes));
        return this;
    }

    public GraphWriter Initializer<T>(string name, ulong type, T[] values, params long[] shape)
        where T : unmanaged
    {
        OnnxMessage tensor = StoredTensor.Create(name, (OnnxElementType)type, shape);
        tensor.Add(OnnxSchema.Tensor.RawData, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        this.graph.Add(OnnxSchema.Graph.Initializer, tensor);
        return this;
    }

    public byte[] ToArray()
    {
        OnnxMessage model = new();
        model.Add(OnnxSchema.Model.IrVersion, 8);
        OnnxMessage operators = new();
        operators.Add(OnnxSchema.OperatorSet.Version, 17);
        model.Add(OnnxSchema.Model.OperatorSet, operators);
        OnnxMessage contributed = new();
        contributed.Add(OnnxSchema.OperatorSet.Domain, OnnxRewriter.ContributedDomain);
        contributed.Add(OnnxSchema.OperatorSet.Version, 1);
        model.Add(OnnxSchema.Model.OperatorSet, contributed);
        this.graph.Add(OnnxSchema.Graph.Name, "graph");
        model.Add(OnnxSchema.Model.Graph, this.graph);
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
                dimension.Add(OnnxSchema.Dimension.Name, free);
            }
            else
            {
                dimension.Add(OnnxSchema.Dimension.Extent, (ulong)(int)extent);
            }

            extents.Add(OnnxSchema.Shape.Dimension, dimension);
        }

        OnnxMessage tensor = new();
        tensor.Add(OnnxSchema.TensorType.Element, type);
        tensor.Add(OnnxSchema.TensorType.Shape, extents);
        OnnxMessage kind = new();
        kind.Add(OnnxSchema.Type.Tensor, tensor);
        OnnxMessage value = new();
        value.Add(OnnxSchema.Value.Name, name);
        value.Add(OnnxSchema.Value.Type, kind);
        this.graph.Add(field, value);
        return this;
    }
}
