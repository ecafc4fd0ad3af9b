using System.Globalization;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>
/// Reads what a model.onnx declares: inputs, outputs, versions, and where external weights lie. Weights and nodes are skipped,
/// so that a file of gigabytes costs little. Field numbers are those of onnx.proto (https://github.com/onnx/onnx).
/// </summary>
internal sealed class OnnxGraphReader
{
    private const int MaximumNameLength = 64 * 1024;
    private const int MaximumRank = 64;
    private const int MaximumDepth = 32;
    private const int MaximumCount = 1_000_000;

    // From this version on an initializer that is also an input is a default value; before, it was a constant that merely had to be listed.
    private const int FirstVersionWithOptionalInputs = 4;

    private readonly ProtobufReader reader;
    private readonly Dictionary<string, long> operatorSets = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);
    private readonly HashSet<string> initializers = new(StringComparer.Ordinal);
    private readonly List<OnnxTensor> inputs = [];
    private readonly List<OnnxTensor> outputs = [];
    private readonly List<OnnxExternalData> externalData = [];
    private long irVersion;
    private string producer = string.Empty;
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
            IrVersion = this.irVersion,
            Producer = this.producer,
            OperatorSets = this.operatorSets,
            Metadata = this.metadata,
            Inputs = declared,
            Outputs = this.outputs,
            Initializers = this.initializers,
            ExternalData = this.externalData,
        };
    }

    private void ReadModel(long end)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (1, ProtobufReader.Varint):
                    this.irVersion = (long)this.reader.ReadVarint(end);
                    break;
                case (2, ProtobufReader.LengthDelimited):
                    this.producer = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (7, ProtobufReader.LengthDelimited):
                    this.hasGraph = true;
                    this.ReadGraph(this.reader.ReadEnd(end), depth: 0);
                    break;
                case (8, ProtobufReader.LengthDelimited):
                    this.ReadOperatorSet(this.reader.ReadEnd(end));
                    break;
                case (14, ProtobufReader.LengthDelimited):
                    (string key, string value) = this.ReadPair(this.reader.ReadEnd(end));
                    this.metadata[key] = value;
                    break;
                case (25, ProtobufReader.LengthDelimited):
                    this.ReadFunction(this.reader.ReadEnd(end));
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }
    }

    private void ReadOperatorSet(long end)
    {
        this.Count();
        string domain = string.Empty;
        long version = 0;
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (1, ProtobufReader.LengthDelimited):
                    domain = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (2, ProtobufReader.Varint):
                    version = (long)this.reader.ReadVarint(end);
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        this.operatorSets[domain] = version;
    }

    private (string Key, string Value) ReadPair(long end)
    {
        this.Count();
        (string key, string value) = (string.Empty, string.Empty);
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (1, ProtobufReader.LengthDelimited):
                    key = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (2, ProtobufReader.LengthDelimited):
                    value = this.reader.ReadText(end, MaximumNameLength);
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        return (key, value);
    }

    private void ReadFunction(long end)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (7, ProtobufReader.LengthDelimited):
                    this.ReadNode(this.reader.ReadEnd(end), depth: 1);
                    break;
                case (11, ProtobufReader.LengthDelimited):
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
                case (1, ProtobufReader.LengthDelimited):
                    this.ReadNode(this.reader.ReadEnd(end), depth);
                    break;
                case (5, ProtobufReader.LengthDelimited):
                    string name = this.ReadTensor(this.reader.ReadEnd(end));
                    if (depth == 0)
                    {
                        this.initializers.Add(name);
                    }

                    break;
                case (11, ProtobufReader.LengthDelimited) when depth == 0:
                    this.AddTensor(this.inputs, this.ReadValue(this.reader.ReadEnd(end)), "input");
                    break;
                case (12, ProtobufReader.LengthDelimited) when depth == 0:
                    this.AddTensor(this.outputs, this.ReadValue(this.reader.ReadEnd(end)), "output");
                    break;
                case (15, ProtobufReader.LengthDelimited):
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
            if ((field, wireType) == (5, ProtobufReader.LengthDelimited))
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
                case (5 or 10, ProtobufReader.LengthDelimited):
                    this.ReadTensor(this.reader.ReadEnd(end));
                    break;
                case (6 or 11, ProtobufReader.LengthDelimited):
                    this.ReadGraph(this.reader.ReadEnd(end), depth + 1);
                    break;
                case (22 or 23, ProtobufReader.LengthDelimited):
                    this.ReadSparseTensor(this.reader.ReadEnd(end), depth);
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }
    }

    private void ReadSparseTensor(long end, int depth)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            if (field is 1 or 2 && wireType == ProtobufReader.LengthDelimited)
            {
                string name = this.ReadTensor(this.reader.ReadEnd(end));
                if (field == 1 && depth == 0)
                {
                    this.initializers.Add(name);
                }
            }
            else
            {
                this.reader.Skip(wireType, end);
            }
        }
    }

    private string ReadTensor(long end)
    {
        this.Count();
        string name = string.Empty;
        OnnxElementType type = OnnxElementType.Undefined;
        UInt128 elements = 1;
        bool isExternal = false;
        Dictionary<string, string> external = [];
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (1, ProtobufReader.Varint):
                    elements = Multiply(elements, this.reader.ReadVarint(end));
                    break;
                case (1, ProtobufReader.LengthDelimited):
                    long packedEnd = this.reader.ReadEnd(end);
                    while (this.reader.Position < packedEnd)
                    {
                        elements = Multiply(elements, this.reader.ReadVarint(packedEnd));
                    }

                    break;
                case (2, ProtobufReader.Varint):
                    type = (OnnxElementType)(int)this.reader.ReadVarint(end);
                    break;
                case (8, ProtobufReader.LengthDelimited):
                    name = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (13, ProtobufReader.LengthDelimited):
                    (string key, string value) = this.ReadPair(this.reader.ReadEnd(end));
                    external[key] = value;
                    break;
                case (14, ProtobufReader.Varint):
                    isExternal = this.reader.ReadVarint(end) == 1;
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        if (isExternal)
        {
            this.AddExternalData(name, external, elements, type);
        }

        return name;
    }

    private void AddExternalData(string tensor, Dictionary<string, string> external, UInt128 elements, OnnxElementType type)
    {
        if (!external.TryGetValue("location", out string? location))
        {
            throw this.reader.Damaged($"the tensor '{tensor}' with external data but without its location");
        }

        UInt128 needed = (elements * (uint)BitsOf(type)) + 7 >> 3;
        long offset = this.ReadNumber(tensor, external, "offset", 0);
        long length = this.ReadNumber(tensor, external, "length", needed <= long.MaxValue ? (long)needed : long.MaxValue);
        this.externalData.Add(new OnnxExternalData(tensor, location, offset, length));
    }

    private long ReadNumber(string tensor, Dictionary<string, string> external, string key, long missing)
    {
        if (!external.TryGetValue(key, out string? text))
        {
            return missing;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw this.reader.Damaged($"the tensor '{tensor}' whose external data has the {key} '{text[..Math.Min(text.Length, 40)]}'");
    }

    private OnnxTensor ReadValue(long end)
    {
        this.Count();
        string name = string.Empty;
        OnnxElementType type = OnnxElementType.Undefined;
        List<OnnxDimension>? dimensions = null;
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (1, ProtobufReader.LengthDelimited):
                    name = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (2, ProtobufReader.LengthDelimited):
                    (type, dimensions) = this.ReadType(this.reader.ReadEnd(end));
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        return new OnnxTensor(name, type, dimensions, IsOptional: false);
    }

    // TypeProto holds either a tensor type (field 1) or a sequence, map or the like, which no graph of ours has.
    private (OnnxElementType Type, List<OnnxDimension>? Dimensions) ReadType(long end)
    {
        OnnxElementType type = OnnxElementType.Undefined;
        List<OnnxDimension>? dimensions = null;
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            if ((field, wireType) != (1, ProtobufReader.LengthDelimited))
            {
                this.reader.Skip(wireType, end);
                continue;
            }

            long tensorEnd = this.reader.ReadEnd(end);
            while (this.reader.TryReadTag(tensorEnd, out field, out wireType))
            {
                switch (field, wireType)
                {
                    case (1, ProtobufReader.Varint):
                        type = (OnnxElementType)(int)this.reader.ReadVarint(tensorEnd);
                        break;
                    case (2, ProtobufReader.LengthDelimited):
                        dimensions = this.ReadShape(this.reader.ReadEnd(tensorEnd));
                        break;
                    default:
                        this.reader.Skip(wireType, tensorEnd);
                        break;
                }
            }
        }

        return (type, dimensions);
    }

    private List<OnnxDimension> ReadShape(long end)
    {
        List<OnnxDimension> dimensions = [];
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            if ((field, wireType) != (1, ProtobufReader.LengthDelimited))
            {
                this.reader.Skip(wireType, end);
                continue;
            }

            if (dimensions.Count == MaximumRank)
            {
                throw this.reader.Damaged($"a shape of more than {MaximumRank} dimensions");
            }

            dimensions.Add(this.ReadDimension(this.reader.ReadEnd(end)));
        }

        return dimensions;
    }

    private OnnxDimension ReadDimension(long end)
    {
        OnnxDimension dimension = default;
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (1, ProtobufReader.Varint):
                    // Some exporters write -1 for a free extent.
                    long value = (long)this.reader.ReadVarint(end);
                    dimension = new OnnxDimension(value < 0 ? null : value, null);
                    break;
                case (2, ProtobufReader.LengthDelimited):
                    dimension = new OnnxDimension(null, this.reader.ReadText(end, MaximumNameLength));
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        return dimension;
    }

    // Keeps a file of nothing but tiny entries from filling the memory.
    private void Count()
    {
        if (++this.count > MaximumCount)
        {
            throw this.reader.Damaged($"more than {MaximumCount} tensors and entries");
        }
    }

    // Saturates: what exceeds the largest file is wrong anyway.
    private static UInt128 Multiply(UInt128 elements, ulong extent) => UInt128.Min(elements * extent, long.MaxValue);

    private static int BitsOf(OnnxElementType type) => type switch
    {
        OnnxElementType.UInt8 or OnnxElementType.Int8 or OnnxElementType.Bool => 8,
        OnnxElementType.UInt16 or OnnxElementType.Int16 or OnnxElementType.Float16 or OnnxElementType.BFloat16 => 16,
        OnnxElementType.Float32 or OnnxElementType.Int32 or OnnxElementType.UInt32 => 32,
        OnnxElementType.Float64 or OnnxElementType.Int64 or OnnxElementType.UInt64 or OnnxElementType.Complex64 => 64,
        OnnxElementType.Complex128 => 128,
        _ => 0,
    };
}
