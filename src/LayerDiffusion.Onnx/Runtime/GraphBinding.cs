using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// Buffers bound to a graph's inputs and outputs once, so that a run moves no memory but what changed and allocates nothing.
/// </summary>
/// <remarks>Where the graph's runs are captured, they read and write other buffers at fixed addresses, and what changed is copied from and to these.</remarks>
internal sealed class GraphBinding : IDisposable
{
    private readonly GraphSession graph;
    private readonly InferenceSession session;
    private readonly OrtIoBinding? binding;
    private readonly RunOptions runOptions = new();
    private readonly List<GraphTensor> inputs = [];
    private readonly List<GraphTensor> outputs = [];
    private string? shapes;

    internal GraphBinding(GraphSession graph, InferenceSession session)
    {
        this.graph = graph;
        this.session = session;
        this.binding = graph.Captures is null ? session.CreateIoBinding() : null;
    }

    /// <summary>Gets the buffers of the inputs in the order in which they were bound.</summary>
    internal IReadOnlyList<GraphTensor> Inputs => this.inputs;

    /// <summary>Gets the buffers of the outputs in the order in which they were bound.</summary>
    internal IReadOnlyList<GraphTensor> Outputs => this.outputs;

    private OrtIoBinding Uncaptured => this.binding ?? throw new InvalidOperationException(
        $"'{this.graph.Name}' is captured as a CUDA graph: its inputs and outputs can only be bound to buffers of known shape.");

    /// <summary>Makes and binds the buffer of an input; it starts as zeros.</summary>
    /// <exception cref="ArgumentException">The graph has no such input.</exception>
    public GraphTensor BindInput(string name, params long[] shape)
    {
        GraphTensor tensor = new(name, this.FindInput(name).Type, shape);
        this.inputs.Add(tensor);
        if (this.graph.Device.Type == DeviceType.Cpu)
        {
            this.binding?.BindInput(name, tensor.Value);
        }

        return tensor;
    }

    /// <summary>Makes and binds the buffer of an output whose shape is known.</summary>
    /// <exception cref="ArgumentException">The graph has no such output.</exception>
    public GraphTensor BindOutput(string name, params long[] shape)
    {
        GraphTensor tensor = new(name, this.FindOutput(name).Type, shape);
        this.outputs.Add(tensor);
        this.binding?.BindOutput(name, tensor.Value);
        return tensor;
    }

    /// <summary>Binds an output whose shape only the run tells; <see cref="ReadOpenOutput"/> gives it.</summary>
    /// <exception cref="ArgumentException">The graph has no such output.</exception>
    public void BindOpenOutput(string name)
    {
        _ = this.FindOutput(name);
        this.Uncaptured.BindOutputToDevice(name, OrtMemoryInfo.DefaultInstance);
    }

    /// <summary>Binds an input to what another graph left on the device; nothing is copied.</summary>
    /// <exception cref="ArgumentException">The graph has no such input.</exception>
    public void BindInput(string name, DeviceTensor tensor)
    {
        _ = this.FindInput(name);
        this.Uncaptured.BindInput(name, tensor.Value);
    }

    /// <summary>Binds an output that stays on the device; <see cref="TakeDeviceOutputs"/> gives it.</summary>
    /// <exception cref="ArgumentException">The graph has no such output.</exception>
    public void BindDeviceOutput(string name)
    {
        _ = this.FindOutput(name);
        this.Uncaptured.BindOutputToDevice(name, this.graph.DeviceMemory);
    }

    /// <summary>Runs the graph on what the buffers hold.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; takes effect at the next node of the graph, or after the run if runs are captured.</exception>
    public void Run(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (this.graph.Captures is { } captures)
        {
            this.RunCaptured(captures);
        }
        else
        {
            this.RunBound(this.Uncaptured, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Copies an output bound by <see cref="BindOpenOutput"/>.</summary>
    /// <returns>The values and their extents.</returns>
    public (float[] Values, long[] Shape) ReadOpenOutput(string name)
    {
        // Bound outputs come back in the order in which they were bound.
        using IDisposableReadOnlyCollection<OrtValue> values = this.Uncaptured.GetOutputValues();
        int index = Array.IndexOf(this.Uncaptured.GetOutputNames(), name);
        OrtTensorTypeAndShapeInfo info = values[index].GetTensorTypeAndShape();
        float[] result = new float[info.ElementCount];
        GraphElement.ToSingle(values[index].GetTensorMutableRawData(), result, info.ElementDataType);
        return (result, info.Shape);
    }

    /// <summary>Gives away the outputs that the run left, in the order in which they were bound.</summary>
    public DeviceTensor[] TakeDeviceOutputs() => [.. this.Uncaptured.GetOutputValues().Select(value => new DeviceTensor(value))];

    /// <inheritdoc/>
    public void Dispose()
    {
        this.binding?.Dispose();
        this.runOptions.Dispose();
        foreach (GraphTensor tensor in this.inputs)
        {
            tensor.Dispose();
        }

        foreach (GraphTensor tensor in this.outputs)
        {
            tensor.Dispose();
        }
    }

    private GraphPort FindInput(string name) =>
        this.graph.Inputs.TryGetValue(name, out GraphPort? port)
            ? port
            : throw new ArgumentException($"'{this.graph.Name}' has no input '{name}'; it has {string.Join(", ", this.graph.Inputs.Keys)}.", nameof(name));

    private GraphPort FindOutput(string name) =>
        this.graph.Outputs.TryGetValue(name, out GraphPort? port)
            ? port
            : throw new ArgumentException($"'{this.graph.Name}' has no output '{name}'; it has {string.Join(", ", this.graph.Outputs.Keys)}.", nameof(name));

    private void RunBound(OrtIoBinding bound, CancellationToken cancellationToken)
    {
        this.CopyChangedInputsToDevice(bound);
        using (cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, this.runOptions))
        {
            long begin = Telemetry.Begin(Telemetry.RunDuration);
            try
            {
                this.session.RunWithBinding(this.runOptions, bound);
                Telemetry.End(Telemetry.RunDuration, begin, this.graph.Tag);
            }
            catch (OnnxRuntimeException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new InvalidOperationException($"'{this.graph.Name}' failed to run: {exception.Message}", exception);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (this.graph.Device.Type != DeviceType.Cpu)
        {
            bound.SynchronizeBoundOutputs();
        }
    }

    // Not to be cancelled in between: ended halfway, a run that is being captured would leave half a graph.
    private void RunCaptured(CapturedGraphs captures)
    {
        this.shapes ??= CapturedGraphs.KeyOf(this.inputs.Concat(this.outputs));
        long begin = Telemetry.Begin(Telemetry.RunDuration);
        try
        {
            captures.Run(this.shapes, this);
            Telemetry.End(Telemetry.RunDuration, begin, this.graph.Tag);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidOperationException($"'{this.graph.Name}' failed to run: {exception.Message} PipelineOptions.CudaGraphs is true; runs that are not captured may succeed.", exception);
        }
    }

    private void CopyChangedInputsToDevice(OrtIoBinding bound)
    {
        // On the CPU the run reads the buffer itself. Elsewhere the copy to the device is made when the input is bound.
        if (this.graph.Device.Type == DeviceType.Cpu)
        {
            return;
        }

        foreach (GraphTensor tensor in this.inputs)
        {
            if (tensor.IsChanged)
            {
                bound.BindInput(tensor.Name, tensor.Value);
                tensor.IsChanged = false;
            }
        }
    }
}
