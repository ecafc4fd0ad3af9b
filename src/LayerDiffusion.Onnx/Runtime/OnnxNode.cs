using System.Text;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>What a node of a graph does and what it is connected to.</summary>
/// <param name="Whole">Where the node lies in the file, tag and all.</param>
/// <param name="Content">Where its content lies.</param>
internal sealed record OnnxNode(Range Whole, Range Content)
{
    /// <summary>Gets the operator; one of another domain has that domain and a colon before it.</summary>
    public string Operator { get; private set; } = string.Empty;

    /// <summary>Gets the names of the inputs.</summary>
    public List<string> Inputs { get; } = [];

    /// <summary>Gets the name of an input, which is empty if it is left out or missing.</summary>
    public string Input(int index) => index < this.Inputs.Count ? this.Inputs[index] : string.Empty;

    /// <summary>Gets the names of the outputs.</summary>
    public List<string> Outputs { get; } = [];

    /// <summary>Gets where the attributes lie in the file, by name.</summary>
    public Dictionary<string, Range> Attributes { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes a new node.</summary>
    /// <param name="operation">The operator; one of another domain has that domain and a colon before it.</param>
    /// <param name="inputs">Names; an optional input that is left out is empty.</param>
    /// <param name="outputs">Names, the first of which is also the node's.</param>
    /// <param name="attributes">Whole numbers.</param>
    public static OnnxMessage Create(string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs, params ReadOnlySpan<(string Name, long[] Values)> attributes)
    {
        OnnxMessage node = new();
        foreach (string input in inputs)
        {
            node.Add(OnnxSchema.Node.Input, input);
        }

        foreach (string output in outputs)
        {
            node.Add(OnnxSchema.Node.Output, output);
        }

        node.Add(OnnxSchema.Node.Name, outputs[0]);
        string[] parts = operation.Split(':');
        node.Add(OnnxSchema.Node.Operator, parts[^1]);
        if (parts.Length > 1)
        {
            node.Add(OnnxSchema.Node.Domain, parts[0]);
        }

        foreach ((string name, long[] values) in attributes)
        {
            OnnxMessage attribute = new();
            attribute.Add(OnnxSchema.Attribute.Name, name);
            bool isList = name is "axes" or "dilations" or "pads" or "perm" or "strides";
            foreach (long value in values)
            {
                attribute.Add(isList ? OnnxSchema.Attribute.Integers : OnnxSchema.Attribute.Integer, (ulong)value);
            }

            attribute.Add(OnnxSchema.Attribute.Type, isList ? OnnxSchema.Attribute.TypeOfIntegers : OnnxSchema.Attribute.TypeOfInteger);
            node.Add(OnnxSchema.Node.Attribute, attribute);
        }

        return node;
    }

    /// <summary>Gives a new node an attribute that is a floating number.</summary>
    public static void AddAttribute(OnnxMessage node, string name, float value)
    {
        OnnxMessage attribute = new();
        attribute.Add(OnnxSchema.Attribute.Name, name);
        attribute.Add(OnnxSchema.Attribute.Float, value);
        attribute.Add(OnnxSchema.Attribute.Type, OnnxSchema.Attribute.TypeOfFloat);
        node.Add(OnnxSchema.Node.Attribute, attribute);
    }

    /// <summary>Reads a node.</summary>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static OnnxNode Read(byte[] file, Range whole, Range content)
    {
        OnnxNode node = new(whole, content);
        string domain = string.Empty;
        OnnxFields fields = new(file, content);
        while (fields.Next())
        {
            switch (fields.Number, fields.IsBlock)
            {
                case (OnnxSchema.Node.Input, true):
                    node.Inputs.Add(Text(file, fields.Content));
                    break;
                case (OnnxSchema.Node.Output, true):
                    node.Outputs.Add(Text(file, fields.Content));
                    break;
                case (OnnxSchema.Node.Operator, true):
                    node.Operator = Text(file, fields.Content);
                    break;
                case (OnnxSchema.Node.Domain, true):
                    domain = Text(file, fields.Content);
                    break;
                case (OnnxSchema.Node.Attribute, true) when OnnxFields.TryFind(file, fields.Content, OnnxSchema.Attribute.Name, out Range name):
                    node.Attributes[Text(file, name)] = fields.Content;
                    break;
                default:
                    break;
            }
        }

        node.Operator = domain is "" or "ai.onnx" ? node.Operator : $"{domain}:{node.Operator}";
        return node;
    }

    /// <summary>Reads a text.</summary>
    public static string Text(ReadOnlySpan<byte> file, Range content) => Encoding.UTF8.GetString(file[content]);

    /// <summary>Reads the whole numbers of an attribute.</summary>
    /// <returns>None if there is no such attribute or it has other content.</returns>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public long[] Numbers(ReadOnlySpan<byte> file, string attribute)
    {
        List<long> numbers = [];
        if (this.Attributes.TryGetValue(attribute, out Range content))
        {
            OnnxFields fields = new(file, content);
            while (fields.Next())
            {
                if (fields is { Number: OnnxSchema.Attribute.Integer or OnnxSchema.Attribute.Integers, IsBlock: false })
                {
                    numbers.Add((long)fields.Value);
                }
                else if (fields is { Number: OnnxSchema.Attribute.Integers, IsBlock: true })
                {
                    OnnxFields.ReadPacked(file[fields.Content], value => numbers.Add((long)value));
                }
            }
        }

        return [.. numbers];
    }
}
