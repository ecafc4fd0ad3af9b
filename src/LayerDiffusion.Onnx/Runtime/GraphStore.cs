namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Loads graphs when they are first asked for and unloads them by the memory policy.</summary>
internal sealed class GraphStore : IDisposable
{
    private readonly Dictionary<string, GraphSession> loaded = new(StringComparer.Ordinal);
    private readonly SessionSettings settings;
    private readonly MemoryPolicy policy;

    public GraphStore(SessionSettings settings, MemoryPolicy policy)
    {
        this.settings = settings;
        this.policy = policy;
    }

    /// <summary>Gets the names of the graphs that are in memory.</summary>
    public IReadOnlyCollection<string> Loaded => this.loaded.Keys;

    /// <summary>Gets a graph, loading it if need be.</summary>
    public GraphSession Get(GraphFile file, CancellationToken cancellationToken)
    {
        if (!this.loaded.TryGetValue(file.Name, out GraphSession? graph))
        {
            graph = GraphSession.Load(file, this.settings, cancellationToken);
            this.loaded.Add(file.Name, graph);
        }

        return graph;
    }

    /// <summary>A stage is over: unloads everything under <see cref="MemoryPolicy.Sequential"/>.</summary>
    public void EndStage()
    {
        if (this.policy == MemoryPolicy.Sequential)
        {
            this.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (GraphSession graph in this.loaded.Values)
        {
            graph.Dispose();
        }

        this.loaded.Clear();
    }
}
