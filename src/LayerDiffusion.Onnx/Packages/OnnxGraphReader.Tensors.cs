using System.Globalization;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Packages;

/// <content>The tensors inside a graph: their names, and where those lie that are not in the file.</content>
internal sealed partial class OnnxGraphReader
{
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
                case (OnnxSchema.Tensor.Extents, ProtobufWireType.Varint):
                    elements = Multiply(elements, this.reader.ReadVarint(end));
                    break;
                case (OnnxSchema.Tensor.Extents, ProtobufWireType.LengthDelimited):
                    long packedEnd = this.reader.ReadEnd(end);
                    while (this.reader.Position < packedEnd)
                    {
                        elements = Multiply(elements, this.reader.ReadVarint(packedEnd));
                    }

                    break;
                case (OnnxSchema.Tensor.ElementType, ProtobufWireType.Varint):
                    type = (OnnxElementType)(int)this.reader.ReadVarint(end);
                    break;
                case (OnnxSchema.Tensor.Name, ProtobufWireType.LengthDelimited):
                    name = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (OnnxSchema.Tensor.ExternalData, ProtobufWireType.LengthDelimited):
                    (string key, string value) = this.ReadPair(this.reader.ReadEnd(end));
                    external[key] = value;
                    break;
                case (OnnxSchema.Tensor.Location, ProtobufWireType.Varint):
                    isExternal = this.reader.ReadVarint(end) == OnnxSchema.Tensor.ExternalLocation;
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

    private (string Key, string Value) ReadPair(long end)
    {
        this.Count();
        (string key, string value) = (string.Empty, string.Empty);
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            switch (field, wireType)
            {
                case (OnnxSchema.Entry.Key, ProtobufWireType.LengthDelimited):
                    key = this.reader.ReadText(end, MaximumNameLength);
                    break;
                case (OnnxSchema.Entry.Value, ProtobufWireType.LengthDelimited):
                    value = this.reader.ReadText(end, MaximumNameLength);
                    break;
                default:
                    this.reader.Skip(wireType, end);
                    break;
            }
        }

        return (key, value);
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

    private void ReadSparseTensor(long end, int depth)
    {
        while (this.reader.TryReadTag(end, out int field, out int wireType))
        {
            if (field is OnnxSchema.SparseTensor.Values or OnnxSchema.SparseTensor.Indices && wireType == ProtobufWireType.LengthDelimited)
            {
                string name = this.ReadTensor(this.reader.ReadEnd(end));
                if (field == OnnxSchema.SparseTensor.Values && depth == 0)
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
