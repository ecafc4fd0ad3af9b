using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Runs of a session with one set of shapes, captured as one CUDA graph over buffers of their own.</summary>
/// <remarks>Where there is no CUDA, ONNX Runtime ignores the number of the graph, and the runs are ordinary ones from the same buffers.</remarks>
internal sealed class CapturedGraph : IDisposable
{
    private readonly InferenceSession session;
    private readonly DeviceBuffers buffers;
    private readonly OrtIoBinding binding;
    private readonly RunOptions runOptions = new();
    private readonly List<OrtMemoryAllocation> inputs = [];
    private readonly List<OrtMemoryAllocation> outputs = [];
    private readonly Action run;
    private GraphBinding? writer;

    /// <summary>Initializes a new instance of the <see cref="CapturedGraph"/> class.</summary>
    /// <param name="session">The session, made for CUDA graphs.</param>
    /// <param name="buffers">Where the buffers come from.</param>
    /// <param name="number">The number of the CUDA graph within the session; −1 captures none.</param>
    /// <param name="binding">What is bound to the graph.</param>
    public CapturedGraph(InferenceSession session, DeviceBuffers buffers, int number, GraphBinding binding)
    {
        this.session = session;
        this.buffers = buffers;
        this.Number = number;
        this.runOptions.AddRunConfigEntry("gpu_graph_id", number.ToString(CultureInfo.InvariantCulture));
        this.binding = session.CreateIoBinding();
        this.run = this.RunOnBuffers;
        try
        {
            foreach (GraphTensor tensor in binding.Inputs)
            {
                this.inputs.Add(buffers.Allocate(tensor));
                this.binding.BindInput(tensor.Name, tensor.Type, tensor.Shape, this.inputs[^1]);
            }

            foreach (GraphTensor tensor in binding.Outputs)
            {
                this.outputs.Add(buffers.Allocate(tensor));
                this.binding.BindOutput(tensor.Name, tensor.Type, tensor.Shape, this.outputs[^1]);
            }
        }
        catch
        {
            this.Dispose();
            throw;
        }
    }

    /// <summary>Gets the number of the CUDA graph; −1 if there is none.</summary>
    public int Number { get; }

    /// <summary>Gets where inputs and outputs lie.</summary>
    public IEnumerable<nint> Addresses => this.inputs.Concat(this.outputs).Select(buffer => buffer.DangerousGetHandle());

    /// <summary>Runs on what the tensors of a binding hold. Several bindings of the same shapes may take turns.</summary>
    public void Run(GraphBinding tensors, RunThread thread)
    {
        for (int i = 0; i < this.inputs.Count; i++)
        {
            GraphTensor input = tensors.Inputs[i];
            if (input.IsChanged || !ReferenceEquals(this.writer, tensors))
            {
                this.buffers.CopyToDevice(input, this.inputs[i]);
                input.IsChanged = false;
            }
        }

        this.writer = tensors;
        thread.Run(this.run);
        for (int i = 0; i < this.outputs.Count; i++)
        {
            this.buffers.CopyToHost(this.outputs[i], tensors.Outputs[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        this.binding.Dispose();
        this.runOptions.Dispose();
        foreach (OrtMemoryAllocation buffer in this.inputs.Concat(this.outputs))
        {
            buffer.Dispose();
        }
    }

    private void RunOnBuffers()
    {
        this.session.RunWithBinding(this.runOptions, this.binding);
        this.binding.SynchronizeBoundOutputs();
    }
}
