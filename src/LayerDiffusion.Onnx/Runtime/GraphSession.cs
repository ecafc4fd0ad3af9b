using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>One network, loaded and ready to run.</summary>
internal sealed class GraphSession : IDisposable
{
    private readonly LoadedSession loaded;
    private readonly InferenceSession session;

    private GraphSession(GraphFile file, SessionSettings settings, LoadedSession loaded)
    {
        this.Name = file.Name;
        this.Label = file.Label;
        this.Tag = new KeyValuePair<string, object?>("graph", this.Label);
        this.Origin = loaded.Origin;
        this.Device = settings.Device;
        this.DeviceMemory = ExecutionProviders.MemoryOf(settings.Device);
        this.loaded = loaded;
        this.session = loaded.Session;
        this.Inputs = Ports(this.session.InputMetadata.Concat(this.session.OverridableInitializerMetadata));
        this.Outputs = Ports(this.session.OutputMetadata);
        this.Captures = file.IsCaptured ? new CapturedGraphs(this.session, settings, this.DeviceMemory) : null;
    }

    /// <summary>Gets the path inside the model package.</summary>
    public string Name { get; }

    /// <summary>Gets a short name without anything of the machine.</summary>
    public string Label { get; }

    /// <summary>Gets what the session was made from.</summary>
    public GraphOrigin Origin { get; }

    /// <summary>Gets where it runs.</summary>
    public Device Device { get; }

    /// <summary>Gets the inputs by name, those that have a default among them.</summary>
    public IReadOnlyDictionary<string, GraphPort> Inputs { get; }

    /// <summary>Gets the outputs by name.</summary>
    public IReadOnlyDictionary<string, GraphPort> Outputs { get; }

    /// <summary>Gets the memory in which its results may stay.</summary>
    internal OrtMemoryInfo DeviceMemory { get; }

    /// <summary>Gets the CUDA graphs of its runs, or <see langword="null"/> if runs are not captured.</summary>
    internal CapturedGraphs? Captures { get; }

    /// <summary>Gets what measurements of this graph are marked with.</summary>
    internal KeyValuePair<string, object?> Tag { get; }

    /// <summary>Loads a graph.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while loading.</exception>
    /// <exception cref="InvalidDataException">ONNX Runtime does not accept the graph.</exception>
    /// <exception cref="ExecutionProviderNotAvailableException">The device does not start.</exception>
    public static GraphSession Load(GraphFile file, SessionSettings settings, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Activity? span = Telemetry.Source.StartActivity("load_graph");
        long begin = Telemetry.Begin(Telemetry.LoadDuration);
        try
        {
            GraphSession graph = Create(file, settings, GraphLoader.Load(file, settings, cancellationToken));
            span?.SetTag("layerdiffusion.graph", graph.Label);
            Telemetry.End(Telemetry.LoadDuration, begin, graph.Tag);
            return graph;
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or InvalidDataException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidDataException($"'{file.Name}' cannot be loaded by ONNX Runtime: {exception.Message}", exception);
        }
    }

    /// <summary>Makes a set of bound buffers; several sets of different shapes can live beside each other.</summary>
    public GraphBinding CreateBinding() => new(this, this.session);

    /// <inheritdoc/>
    public void Dispose()
    {
        this.Captures?.Dispose();
        this.loaded.Dispose();
        if (!ReferenceEquals(this.DeviceMemory, OrtMemoryInfo.DefaultInstance))
        {
            this.DeviceMemory.Dispose();
        }
    }

    private static GraphSession Create(GraphFile file, SessionSettings settings, LoadedSession loaded)
    {
        try
        {
            return new GraphSession(file, settings, loaded);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    private static Dictionary<string, GraphPort> Ports(IEnumerable<KeyValuePair<string, NodeMetadata>> metadata) =>
        metadata.Where(node => node.Value.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR)
            .ToDictionary(node => node.Key, node => new GraphPort(node.Key, node.Value.ElementDataType, node.Value.Dimensions), StringComparer.Ordinal);
}
