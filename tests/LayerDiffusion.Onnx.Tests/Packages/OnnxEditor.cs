using System.Runtime.InteropServices;
using System.Text;

namespace LayerDiffusion.Onnx.Tests.Packages;

/// <summary>Changes what a model.onnx declares; field numbers are those of onnx.proto.</summary>
internal sealed class OnnxEditor
{
    private const int ModelIrVersion = 1;
    private const int ModelGraph = 7;
    private const int GraphNode = 1;
    private const int GraphInitializer = 5;
    private const int GraphInput = 11;
    private const int GraphOutput = 12;

    private readonly List<(int Field, int Wire, byte[] Value)> model;
    private readonly List<(int Field, int Wire, byte[] Value)> graph;

    public OnnxEditor(byte[] file)
    {
        this.model = Parse(file);
        this.graph = Parse(this.model.Single(field => field.Field == ModelGraph).Value);
    }

    public OnnxEditor AddInput(string name, int type, params long?[] shape) => this.Add(GraphInput, Value(name, type, shape));

    public OnnxEditor AddOutput(string name, int type, params long?[] shape) => this.Add(GraphOutput, Value(name, type, shape));

    public OnnxEditor RemoveInput(string name) => this.Remove(GraphInput, name);

    public OnnxEditor RemoveOutput(string name) => this.Remove(GraphOutput, name);

    public OnnxEditor AddInitializer(string name) => this.Add(GraphInitializer, [.. Text(8, name), .. Number(2, 1), .. Number(1, 1)]);

    /// <summary>A float tensor of 100 elements whose data lies in another file.</summary>
    public OnnxEditor AddExternal(string name, string? location, string? offset, string? length) => this.Add(GraphInitializer, External(name, location, offset, length));

    /// <summary>A node whose nested graphs, so many of them, hold a tensor with external data at the bottom.</summary>
    public OnnxEditor AddNested(string location, int depth)
    {
        byte[] inner = Message(GraphInitializer, External("nested", location, null, null));
        byte[] node = [];
        for (int i = 0; i < depth; i++)
        {
            node = Message(5, Message(6, inner));
            inner = Message(1, node);
        }

        return this.Add(1, node);
    }

    /// <summary>A float tensor with its values.</summary>
    public OnnxEditor AddInitializer(string name, float[] values, params long[] shape) => this.Add(
        GraphInitializer, [.. shape.SelectMany(extent => Number(1, (ulong)extent)), .. Number(2, 1), .. Text(8, name), .. Message(9, MemoryMarshal.AsBytes<float>(values).ToArray())]);

    /// <summary>A node, given by its content.</summary>
    public OnnxEditor AddNode(byte[] content) => this.Add(GraphNode, content);

    /// <summary>The values of a float tensor.</summary>
    public float[] ReadInitializer(string name)
    {
        List<(int Field, int Wire, byte[] Value)> tensor = this.graph.Where(field => field.Field == GraphInitializer).Select(field => Parse(field.Value))
            .Single(fields => fields.Any(field => field.Field == 8 && Encoding.UTF8.GetString(field.Value) == name));
        return MemoryMarshal.Cast<byte, float>(tensor.Single(field => field.Field == 9).Value).ToArray();
    }

    /// <summary>Puts a float tensor in the place of another of the same name.</summary>
    public OnnxEditor ReplaceInitializer(string name, float[] values, params long[] shape)
    {
        Assert.Equal(1, this.graph.RemoveAll(part => part.Field == GraphInitializer && Parse(part.Value).Exists(field => field.Field == 8 && Encoding.UTF8.GetString(field.Value) == name)));
        return this.AddInitializer(name, values, shape);
    }

    /// <summary>Joins two tensors on the first axis, and lets every node that read the first read both.</summary>
    public OnnxEditor ConcatenateBefore(string first, string second)
    {
        const string Joined = "joined";
        for (int i = 0; i < this.graph.Count; i++)
        {
            if (this.graph[i].Field == GraphNode)
            {
                IEnumerable<byte> node = Parse(this.graph[i].Value).SelectMany(part =>
                    part.Field == 1 && Encoding.UTF8.GetString(part.Value) == first ? Text(1, Joined) : Encode(part.Field, part.Wire, part.Value));
                this.graph[i] = (GraphNode, 2, [.. node]);
            }
        }

        byte[] axis = [.. Text(1, "axis"), .. Number(3, 0), .. Number(20, 2)];
        this.graph.Insert(0, (GraphNode, 2, [.. Text(1, first), .. Text(1, second), .. Text(2, Joined), .. Text(4, "Concat"), .. Message(5, axis)]));
        return this;
    }

    public OnnxEditor SetIrVersion(ulong version)
    {
        this.model.RemoveAll(field => field.Field == ModelIrVersion);
        this.model.Add((ModelIrVersion, 0, Varint(version)));
        return this;
    }

    public byte[] ToArray()
    {
        List<byte> bytes = [];
        foreach ((int field, int wire, byte[] value) in this.model)
        {
            bytes.AddRange(field == ModelGraph ? Message(field, [.. this.graph.SelectMany(part => Encode(part.Field, part.Wire, part.Value))]) : Encode(field, wire, value));
        }

        return [.. bytes];
    }

    public static byte[] Message(int field, byte[] content) => Encode(field, 2, content);

    public static byte[] Number(int field, ulong value) => Encode(field, 0, Varint(value));

    public static byte[] Text(int field, string value) => Message(field, Encoding.UTF8.GetBytes(value));

    public static byte[] Value(string name, int type, params long?[] shape)
    {
        byte[] dimensions = [.. shape.SelectMany(extent => Message(1, extent is long fixedExtent ? Number(1, (ulong)fixedExtent) : Text(2, "free")))];
        return [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, (ulong)type), .. Message(2, dimensions)]))];
    }

    private static byte[] External(string name, string? location, string? offset, string? length)
    {
        List<byte> bytes = [.. Text(8, name), .. Number(2, 1), .. Number(1, 100), .. Number(14, 1)];
        foreach ((string key, string? value) in (ReadOnlySpan<(string, string?)>)[("location", location), ("offset", offset), ("length", length)])
        {
            if (value is not null)
            {
                bytes.AddRange(Message(13, [.. Text(1, key), .. Text(2, value)]));
            }
        }

        return [.. bytes];
    }

    private static List<(int Field, int Wire, byte[] Value)> Parse(byte[] bytes)
    {
        List<(int, int, byte[])> fields = [];
        int position = 0;
        while (position < bytes.Length)
        {
            ulong tag = ReadVarint(bytes, ref position);
            int wire = (int)(tag & 7);
            byte[] value;
            if (wire == 0)
            {
                value = Varint(ReadVarint(bytes, ref position));
            }
            else
            {
                int length = wire switch { 1 => 8, 5 => 4, _ => (int)ReadVarint(bytes, ref position) };
                value = bytes[position..(position + length)];
                position += length;
            }

            fields.Add(((int)(tag >> 3), wire, value));
        }

        return fields;
    }

    private static byte[] Encode(int field, int wire, byte[] value) =>
        [.. Varint(((ulong)field << 3) | (uint)wire), .. wire == 2 ? Varint((ulong)value.Length) : [], .. value];

    private static ulong ReadVarint(byte[] bytes, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[position++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private OnnxEditor Add(int field, byte[] value)
    {
        this.graph.Add((field, 2, value));
        return this;
    }

    private OnnxEditor Remove(int field, string name)
    {
        byte[] text = Text(1, name);
        Assert.Equal(1, this.graph.RemoveAll(part => part.Field == field && part.Value.AsSpan().StartsWith(text)));
        return this;
    }
}
