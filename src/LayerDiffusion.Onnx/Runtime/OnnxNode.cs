using System.Text;

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
            node.Add(1, input);
        }

        foreach (string output in outputs)
        {
            node.Add(2, output);
        }

        node.Add(3, outputs[0]);
        string[] parts = operation.Split(':');
        node.Add(4, parts[^1]);
        if (parts.Length > 1)
        {
            node.Add(7, parts[0]);
        }

        foreach ((string name, long[] values) in attributes)
        {
            OnnxMessage attribute = new();
            attribute.Add(1, name);
            bool isList = name is "axes" or "dilations" or "pads" or "perm" or "strides";
            foreach (long value in values)
            {
                attribute.Add(isList ? 8 : 3, (ulong)value);
            }

            attribute.Add(20, isList ? 7UL : 2UL);
            node.Add(5, attribute);
        }

        return node;
    }

    /// <summary>Gives a new node an attribute that is a floating number.</summary>
    public static void AddAttribute(OnnxMessage node, string name, float value)
    {
        OnnxMessage attribute = new();
        attribute.Add(1, name);
        attribute.Add(2, value);
        attribute.Add(20, 1);
        node.Add(5, attribute);
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
                case (1, true):
                    node.Inputs.Add(Text(file, fields.Content));
                    break;
                case (2, true):
                    node.Outputs.Add(Text(file, fields.Content));
                    break;
                case (4, true):
                    node.Operator = Text(file, fields.Content);
                    break;
                case (7, true):
                    domain = Text(file, fields.Content);
                    break;
                case (5, true) when OnnxFields.TryFind(file, fields.Content, 1, out Range name):
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
                if (fields is { Number: 3 or 8, IsBlock: false })
                {
                    numbers.Add((long)fields.Value);
                }
                else if (fields is { Number: 8, IsBlock: true })
                {
                    OnnxFields.ReadPacked(file[fields.Content], value => numbers.Add((long)value));
                }
            }
        }

        return [.. numbers];
    }
}
