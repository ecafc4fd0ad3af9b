using System.Globalization;
using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>A graph some of whose nodes are to be replaced: what it stores and computes, and what becomes of it.</summary>
internal sealed class OnnxRewriter
{
    /// <summary>The domain of ONNX Runtime's own operators.</summary>
    public const string ContributedDomain = "com.microsoft";

    private const int MaximumDepth = 32;

    private readonly OnnxWeights weights;
    private readonly List<OnnxNode> nodes = [];
    private readonly Dictionary<string, OnnxNode> producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Range> inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> uses = new(StringComparer.Ordinal);

    // What becomes of a node: others, or nothing.
    private readonly Dictionary<Range, List<OnnxMessage>> changes = [];
    private readonly Dictionary<string, Func<NewTensor[]>> additions = new(StringComparer.Ordinal);
    private bool hasContributedDomain;

    /// <summary>Initializes a new instance of the <see cref="OnnxRewriter"/> class.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="weights">The values of its tensors.</param>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public OnnxRewriter(byte[] file, OnnxWeights weights)
    {
        this.File = file;
        this.weights = weights;
        OnnxFields fields = new(file, ..);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Model.Graph, IsBlock: true })
            {
                this.Scan(fields.Content);
            }
            else if (fields is { Number: OnnxSchema.Model.OperatorSet, IsBlock: true })
            {
                this.ReadOperatorSet(fields.Content);
            }
        }
    }

    /// <summary>Gets the graph's file.</summary>
    public byte[] File { get; }

    /// <summary>Gets the version of ONNX's operators.</summary>
    public ulong OperatorSet { get; private set; }

    /// <summary>Gets the nodes in the order in which they run.</summary>
    public IReadOnlyList<OnnxNode> Nodes => this.nodes;

    /// <summary>Gets a value indicating whether anything is to be replaced.</summary>
    public bool HasChanges => this.changes.Count > 0;

    /// <summary>Finds the node that computes a tensor.</summary>
    /// <returns><see langword="null"/> if it is an input or stored.</returns>
    public OnnxNode? ProducerOf(string name) => this.producers.GetValueOrDefault(name);

    /// <summary>Finds a stored tensor whose values no caller can replace.</summary>
    public StoredTensor? StoredAs(string name) => this.inputs.ContainsKey(name) ? null : this.tensors.GetValueOrDefault(name);

    /// <summary>Finds where the type of an input is declared.</summary>
    public Range? InputTypeOf(string name) =>
        this.inputs.TryGetValue(name, out Range content) && OnnxFields.TryFind(this.File, content, OnnxSchema.Value.Type, out Range type) ? type : null;

    /// <summary>Counts who reads a tensor, the graph's outputs among them.</summary>
    public int UsesOf(string name) => this.uses.GetValueOrDefault(name);

    /// <summary>Puts other nodes, or none, in the place of a node. What they read must be computed before.</summary>
    public void Replace(OnnxNode node, List<OnnxMessage> others) => this.changes[node.Whole] = others;

    /// <summary>Counts one more reader of a tensor.</summary>
    public void Retain(string name) => CollectionsMarshal.GetValueRefOrAddDefault(this.uses, name, out _)++;

    /// <summary>Takes away one reader of a tensor. The nodes that only computed it go with its last one.</summary>
    public void Release(string name)
    {
        // No recursion: a graph may be a chain of any length.
        Stack<string> released = new([name]);
        while (released.TryPop(out string? tensor))
        {
            if (--CollectionsMarshal.GetValueRefOrAddDefault(this.uses, tensor, out _) == 0 && this.ProducerOf(tensor) is { Outputs.Count: 1 } node)
            {
                this.changes[node.Whole] = [];
                node.Inputs.ForEach(released.Push);
            }
        }
    }

    /// <summary>Adds a list of whole numbers.</summary>
    /// <returns>Its name.</returns>
    public string AddNumbers(params long[] values)
    {
        string name = $"int64_{string.Join('_', values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}";
        if (this.tensors.ContainsKey(name))
        {
            // From a graph that was rewritten before.
            return name;
        }

        this.AddTensors(name, () => [new NewTensor(name, OnnxElementType.Int64, [values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray())]);
        return name;
    }

    /// <summary>Adds tensors, once for each key.</summary>
    /// <param name="key">What tells them from others.</param>
    /// <param name="make">Makes them when they are written, so that they need not all be in memory at once.</param>
    public void AddTensors(string key, Func<NewTensor[]> make) => this.additions[key] = make;

    /// <summary>Reads the raw values of a stored tensor.</summary>
    /// <exception cref="InvalidDataException">They are missing.</exception>
    public byte[] ReadValues(StoredTensor tensor) => tensor.Values is { } inside ? this.File[inside] : this.weights.ReadExternal(tensor.Content);

    /// <summary>Makes the new model.</summary>
    public OnnxMessage ToModel()
    {
        OnnxMessage model = new();
        OnnxFields fields = new(this.File, ..);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Model.Graph, IsBlock: true })
            {
                model.Add(OnnxSchema.Model.Graph, this.Graph(fields.Content));
            }
            else
            {
                model.Copy(fields.Whole, this.File.Length);
            }
        }

        if (!this.hasContributedDomain)
        {
            OnnxMessage set = new();
            set.Add(OnnxSchema.OperatorSet.Domain, ContributedDomain);
            set.Add(OnnxSchema.OperatorSet.Version, 1);
            model.Add(OnnxSchema.Model.OperatorSet, set);
        }

        return model;
    }

    private void ReadOperatorSet(Range content)
    {
        string domain = OnnxFields.TryFind(this.File, content, OnnxSchema.OperatorSet.Domain, out Range name) ? OnnxNode.Text(this.File, name) : string.Empty;
        this.hasContributedDomain |= domain == ContributedDomain;
        OnnxFields set = new(this.File, content);
        while (domain is "" or "ai.onnx" && set.Next())
        {
            this.OperatorSet = set is { Number: OnnxSchema.OperatorSet.Version, IsBlock: false } ? set.Value : this.OperatorSet;
        }
    }

    private void Scan(Range graph)
    {
        OnnxFields fields = new(this.File, graph);
        while (fields.Next())
        {
            switch (fields.Number, fields.IsBlock)
            {
                case (OnnxSchema.Graph.Node, true):
                    OnnxNode node = OnnxNode.Read(this.File, fields.Whole, fields.Content);
                    this.nodes.Add(node);
                    node.Outputs.ForEach(output => this.producers[output] = node);
                    break;
                case (OnnxSchema.Graph.Initializer, true) when StoredTensor.Read(this.File, fields.Content) is { } tensor:
                    this.tensors[tensor.Name] = tensor;
                    break;
                case (OnnxSchema.Graph.Input, true) when OnnxFields.TryFind(this.File, fields.Content, OnnxSchema.Value.Name, out Range name):
                    this.inputs[OnnxNode.Text(this.File, name)] = fields.Content;
                    break;
                default:
                    break;
            }
        }

        this.CountUses(graph, 0);
    }

    // Nested graphs may read what the outer ones compute.
    private void CountUses(Range graph, int depth)
    {
        if (depth > MaximumDepth)
        {
            throw new InvalidDataException($"The ONNX graph has subgraphs nested deeper than {MaximumDepth}.");
        }

        OnnxFields fields = new(this.File, graph);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Graph.Output, IsBlock: true } && OnnxFields.TryFind(this.File, fields.Content, OnnxSchema.Value.Name, out Range output))
            {
                this.Retain(OnnxNode.Text(this.File, output));
            }
            else if (fields is { Number: OnnxSchema.Graph.Node, IsBlock: true })
            {
                OnnxFields node = new(this.File, fields.Content);
                while (node.Next())
                {
                    if (node is { Number: OnnxSchema.Node.Input, IsBlock: true })
                    {
                        this.Retain(OnnxNode.Text(this.File, node.Content));
                    }
                    else if (node is { Number: OnnxSchema.Node.Attribute, IsBlock: true })
                    {
                        OnnxFields attribute = new(this.File, node.Content);
                        while (attribute.Next())
                        {
                            if (attribute is { Number: OnnxSchema.Attribute.Graph or OnnxSchema.Attribute.Graphs, IsBlock: true })
                            {
                                this.CountUses(attribute.Content, depth + 1);
                            }
                        }
                    }
                }
            }
        }
    }

    // Names in parts that are not read here, such as annotations, are left alone: only what lost its last use goes.
    private bool IsUsed(string name) => !this.uses.TryGetValue(name, out int count) || count > 0;

    private OnnxMessage Graph(Range graph)
    {
        OnnxMessage result = new();
        OnnxFields fields = new(this.File, graph);
        while (fields.Next())
        {
            if (fields is { Number: OnnxSchema.Graph.Node, IsBlock: true } && this.changes.TryGetValue(fields.Whole, out List<OnnxMessage>? change))
            {
                change.ForEach(node => result.Add(OnnxSchema.Graph.Node, node));
            }
            else if (fields is not { Number: OnnxSchema.Graph.Initializer, IsBlock: true })
            {
                result.Copy(fields.Whole, this.File.Length);
            }
            else if (OnnxFields.TryFind(this.File, fields.Content, OnnxSchema.Tensor.Name, out Range name) && this.IsUsed(OnnxNode.Text(this.File, name)))
            {
                this.CopyTensor(result, fields.Whole, fields.Content);
            }
        }

        foreach (NewTensor added in this.additions.Values.SelectMany(make => make()))
        {
            OnnxMessage tensor = StoredTensor.Create(added.Name, added.Type, added.Shape);
            this.weights.AddValues(tensor, added.Values);
            result.Add(OnnxSchema.Graph.Initializer, tensor);
        }

        return result;
    }

    private void CopyTensor(OnnxMessage graph, Range whole, Range content)
    {
        OnnxMessage tensor = new();
        bool isExternal = false;
        OnnxFields fields = new(this.File, content);
        while (fields.Next())
        {
            isExternal |= fields is { Number: OnnxSchema.Tensor.Location, IsBlock: false, Value: OnnxSchema.Tensor.ExternalLocation };
            if (fields.Number is not (OnnxSchema.Tensor.ExternalData or OnnxSchema.Tensor.Location))
            {
                tensor.Copy(fields.Whole, this.File.Length);
            }
        }

        if (!isExternal || !this.weights.HasFile)
        {
            graph.Copy(whole, this.File.Length);
            return;
        }

        this.weights.AddValues(tensor, this.weights.ReadExternal(content));
        graph.Add(OnnxSchema.Graph.Initializer, tensor);
    }
}
