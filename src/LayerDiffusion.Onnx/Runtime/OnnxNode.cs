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

    /// <summary>Gets the number given for an attribute named <c>to</c>, the type that <c>Cast</c> gives; 0 if there is none.</summary>
    public ulong CastType { get; private set; }

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
                case (5, true) when OnnxFields.TryFind(file, fields.Content, 1, out Range name) && file.AsSpan(name).SequenceEqual("to"u8):
                    node.CastType = NumberOf(file, fields.Content);
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

    private static ulong NumberOf(byte[] file, Range attribute)
    {
        OnnxFields fields = new(file, attribute);
        while (fields.Next())
        {
            if (fields is { Number: 3, IsBlock: false })
            {
                return fields.Value;
            }
        }

        return 0;
    }
}
