using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>
/// Reads what a model.onnx declares: inputs, outputs, and where external weights lie. Weights and nodes are skipped,
/// so that a file of gigabytes costs little.
/// </summary>
internal sealed partial class OnnxGraphReader
{
    private const int MaximumNameLength = 64 * 1024;
    private const int MaximumDepth = 32;
    private const int MaximumCount = 1_000_000;

    // From this version on an initializer that is also an input is a default value; before, it was a constant that merely had to be listed.
    private const int FirstVersionWithOptionalInputs = 4;

    private readonly ProtobufReader reader;
    private readonly HashSet<string> initializers = new(StringComparer.Ordinal);
    private readonly List<OnnxTensor> inputs = [];
    private readonly List<OnnxTensor> outputs = [];
    private readonly List<OnnxExternalData> externalData = [];
    private long irVersion;
    private bool hasGraph;
    private int count;

    private OnnxGraphReader(ProtobufReader reader) => this.reader = reader;

    /// <summary>Reads a graph from the stream's position on.</summary>
    /// <param name="stream">The file; it need not be able to seek.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="fileName">Its name in messages.</param>
    /// <exception cref="ModelFormatException">The file is no ONNX graph or is damaged.</exception>
    public static OnnxGraph Read(Stream stream, long length, string fileName)
    {
        ProtobufReader bytes = new(stream, length, fileName);
        if (bytes.StartsWith("version https://git-lfs"u8))
        {
            throw bytes.Damaged("a Git LFS pointer, which stands for a file that was not downloaded,");
        }

        OnnxGraphReader reader = new(bytes);
        reader.ReadModel(length);
        if (!reader.hasGraph || (reader.inputs.Count == 0 && reader.outputs.Count == 0))
        {
            throw new ModelFormatException(fileName, "an ONNX graph with inputs and outputs", $"a file of {length} bytes without any");
        }

        return reader.Result();
    }

    private OnnxGraph Result()
    {
        List<OnnxTensor> declared = [];
        foreach (OnnxTensor input in this.inputs)
        {
            bool hasDefault = this.initializers.Contains(input.Name);
            if (!hasDefault || this.irVersion >= FirstVersionWithOptionalInputs)
            {
                declared.Add(input with { IsOptional = hasDefault });
            }
        }

        return new OnnxGraph
        {
            Inputs = declared,
            Outputs = this.outputs,
            ExternalData = this.externalData,
        };
    }

    private void ReadModel(long end)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (OnnxSchema.Model.IrVersion, ProtobufWireType.Varint):
                    this.irVersion = (long)this.reader.ReadVarint(end);
                    break;
                case (OnnxSchema.Model.Graph, ProtobufWireType.LengthDelimited):
                    this.hasGraph = true;
                    this.ReadGraph(this.reader.ReadEnd(end), depth: 0);
                    break;
                case (OnnxSchema.Model.Function, ProtobufWireType.LengthDelimited):
                    this.ReadFunction(this.reader.ReadEnd(end));
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }
    }

    private void ReadFunction(long end)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (OnnxSchema.Function.Node, ProtobufWireType.LengthDelimited):
                    this.ReadNode(this.reader.ReadEnd(end), depth: 1);
                    break;
                case (OnnxSchema.Function.Attribute, ProtobufWireType.LengthDelimited):
                    this.ReadAttribute(this.reader.ReadEnd(end), depth: 1);
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }
    }

    private void ReadGraph(long end, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw this.reader.Damaged($"graphs nested more than {MaximumDepth} deep");
        }

        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (OnnxSchema.Graph.Node, ProtobufWireType.LengthDelimited):
                    this.ReadNode(this.reader.ReadEnd(end), depth);
                    break;
                case (OnnxSchema.Graph.Initializer, ProtobufWireType.LengthDelimited):
                    string name = this.ReadTensor(this.reader.ReadEnd(end));
                    if (depth == 0)
                    {
                        this.initializers.Add(name);
                    }

                    break;
                case (OnnxSchema.Graph.Input, ProtobufWireType.LengthDelimited) when depth == 0:
                    this.AddTensor(this.inputs, this.ReadValue(this.reader.ReadEnd(end)), "input");
                    break;
                case (OnnxSchema.Graph.Output, ProtobufWireType.LengthDelimited) when depth == 0:
                    this.AddTensor(this.outputs, this.ReadValue(this.reader.ReadEnd(end)), "output");
                    break;
                case (OnnxSchema.Graph.SparseInitializer, ProtobufWireType.LengthDelimited):
                    this.ReadSparseTensor(this.reader.ReadEnd(end), depth);
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }
    }

    private void AddTensor(List<OnnxTensor> tensors, OnnxTensor tensor, string kind)
    {
        // Few enough to search, and a graph with more is not one of ours.
        if (tensors.Count >= 10_000)
        {
            throw this.reader.Damaged($"more than {tensors.Count} {kind}s");
        }

        if (tensors.Exists(other => other.Name == tensor.Name))
        {
            throw this.reader.Damaged($"the {kind} '{tensor.Name}' twice");
        }

        tensors.Add(tensor);
    }

    // Nodes matter only because their attributes may hold tensors with external data, directly or in nested graphs.
    private void ReadNode(long end, int depth)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            if ((field, wireType) == (OnnxSchema.Node.Attribute, ProtobufWireType.LengthDelimited))
            {
                this.ReadAttribute(this.reader.ReadEnd(end), depth);
            }
            else
            {
                this.reader.Skip(wireType, end);
            }
        }
    }

    private void ReadAttribute(long end, int depth)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (OnnxSchema.Attribute.Tensor or OnnxSchema.Attribute.Tensors, ProtobufWireType.LengthDelimited):
                    this.ReadTensor(this.reader.ReadEnd(end));
                    break;
                case (OnnxSchema.Attribute.Graph or OnnxSchema.Attribute.Graphs, ProtobufWireType.LengthDelimited):
                    this.ReadGraph(this.reader.ReadEnd(end), depth + 1);
                    break;
                case (OnnxSchema.Attribute.SparseTensor or OnnxSchema.Attribute.SparseTensors, ProtobufWireType.LengthDelimited):
                    this.ReadSparseTensor(this.reader.ReadEnd(end), depth);
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }
    }

    // Keeps a file of nothing but tiny entries from filling the memory.
    private void Count()
    {
        if (++this.count > MaximumCount)
        {
            throw this.reader.Damaged($"more than {MaximumCount} tensors and entries");
        }
    }
}
