using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>One network, loaded and ready to run.</summary>
internal sealed class GraphSession : IDisposable
{
    private readonly InferenceSession session;

    private GraphSession(string name, Device device, InferenceSession session)
    {
        this.Name = name;
        this.Device = device;
        this.session = session;
        this.Inputs = Ports(session.InputMetadata);
        this.Outputs = Ports(session.OutputMetadata);
    }

    /// <summary>Gets the path inside the model package.</summary>
    public string Name { get; }

    /// <summary>Gets where it runs.</summary>
    public Device Device { get; }

    /// <summary>Gets the inputs by name.</summary>
    public IReadOnlyDictionary<string, GraphPort> Inputs { get; }

    /// <summary>Gets the outputs by name.</summary>
    public IReadOnlyDictionary<string, GraphPort> Outputs { get; }

    /// <summary>Loads a graph.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while loading.</exception>
    /// <exception cref="InvalidDataException">ONNX Runtime does not accept the graph.</exception>
    /// <exception cref="ExecutionProviderNotAvailableException">The device does not start.</exception>
    public static GraphSession Load(GraphFile file, SessionSettings settings, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        if (settings.IntraOpThreads > 0)
        {
            options.IntraOpNumThreads = settings.IntraOpThreads;
        }

        options.AddSessionConfigEntry("session.intra_op.allow_spinning", settings.AllowSpinning ? "1" : "0");
        options.AddSessionConfigEntry("session.set_denormal_as_zero", "1");
        ExecutionProviders.Append(options, settings.Device);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static state => ((SessionOptions)state!).SetLoadCancellationFlag(true), options);
        try
        {
            InferenceSession session = file.Path is not null
                ? new InferenceSession(file.Path, options)
                : new InferenceSession(file.ReadAllBytes!(), options);
            return new GraphSession(file.Name, settings.Device, session);
        }
        catch (OnnxRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new InvalidDataException($"'{file.Name}' cannot be loaded by ONNX Runtime: {exception.Message}", exception);
        }
    }

    /// <summary>Makes a set of bound buffers; several sets of different shapes can live beside each other.</summary>
    public GraphBinding CreateBinding() => new(this, this.session);

    /// <inheritdoc/>
    public void Dispose() => this.session.Dispose();

    private static Dictionary<string, GraphPort> Ports(IReadOnlyDictionary<string, NodeMetadata> metadata) =>
        metadata.Where(node => node.Value.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR)
            .ToDictionary(node => node.Key, node => new GraphPort(node.Key, node.Value.ElementDataType, node.Value.Dimensions), StringComparer.Ordinal);
}
