using System.Globalization;

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
