using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Packages;

/// <content>The declarations of inputs and outputs: name, element type and shape.</content>
internal sealed partial class OnnxGraphReader
{
    private const int MaximumRank = 64;

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
                case (OnnxSchema.Value.Name, ProtobufWireType.LengthDelimited):
                    name = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (OnnxSchema.Value.Type, ProtobufWireType.LengthDelimited):
                    (type, dimensions) = this.ReadType(this.reader.ReadEnd(end));
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        return new OnnxTensor(name, type, dimensions, IsOptional: false);
    }

    // TypeProto holds either a tensor type or a sequence, map or the like, which no graph of ours has.
    private (OnnxElementType Type, List<OnnxDimension>? Dimensions) ReadType(long end)
    {
        OnnxElementType type = OnnxElementType.Undefined;
        List<OnnxDimension>? dimensions = null;
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            if ((field, wireType) != (OnnxSchema.Type.Tensor, ProtobufWireType.LengthDelimited))
            {
                this.reader.Skip(wireType, end);
                continue;
            }

            long tensorEnd = this.reader.ReadEnd(end);
            while (this.reader.TryReadTag(tensorEnd, out field, out wireType))
            {
                switch (field, wireType)
                {
                    case (OnnxSchema.TensorType.Element, ProtobufWireType.Varint):
                        type = (OnnxElementType)(int)this.reader.ReadVarint(tensorEnd);
                        break;
                    case (OnnxSchema.TensorType.Shape, ProtobufWireType.LengthDelimited):
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
            if ((field, wireType) != (OnnxSchema.Shape.Dimension, ProtobufWireType.LengthDelimited))
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
                case (OnnxSchema.Dimension.Extent, ProtobufWireType.Varint):
                    // Some exporters write -1 for a free extent.
                    long value = (long)this.reader.ReadVarint(end);
                    dimension = new OnnxDimension(value < 0 ? null : value, null);
                    break;
                case (OnnxSchema.Dimension.Name, ProtobufWireType.LengthDelimited):
                    dimension = new OnnxDimension(null, this.reader.ReadText(end, MaximumNameLength));
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        return dimension;
    }
}
