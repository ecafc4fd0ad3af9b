using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Buffers at fixed addresses in a device's memory, and copies into and out of them.</summary>
/// <remarks>
/// ONNX Runtime's own copying (<see cref="OrtEnv.CopyTensors"/>) knows only devices of registered libraries, not the CUDA provider of a session. So a session of one node, which passes
/// its input on, makes the copies: what it is bound to may lie on either side. The buffers are that session's:
/// in the memory of a session with CUDA graphs, a new buffer could lie where an earlier captured graph keeps its intermediate results.
/// </remarks>
internal sealed class DeviceBuffers : IDisposable
{
    private readonly LoadedSession loaded;
    private readonly OrtAllocator allocator;
    private readonly OrtIoBinding binding;
    private readonly RunOptions runOptions = new();

    public DeviceBuffers(SessionSettings settings, OrtMemoryInfo memory)
    {
        byte[] graph = new GraphWriter().Input("source", GraphWriter.UInt8, "length").Output("target", GraphWriter.UInt8, "length").Node("Identity", ["source"], "target").ToArray();
        this.loaded = GraphLoader.Load(new GraphFile("copy/graph", null, () => graph), settings with { OptimizedModelCache = null }, default);
        this.allocator = new OrtAllocator(this.loaded.Session, memory);
        this.binding = this.loaded.Session.CreateIoBinding();
    }

    /// <summary>Makes a buffer as long as a tensor; what it holds is not defined.</summary>
    public OrtMemoryAllocation Allocate(GraphTensor tensor) => this.allocator.Allocate(checked((uint)tensor.ByteLength));

    /// <summary>Copies a tensor to the device.</summary>
    public void CopyToDevice(GraphTensor tensor, OrtMemoryAllocation buffer)
    {
        using OrtValue host = tensor.ViewBytes();
        this.binding.BindInput("source", host);
        this.binding.BindOutput("target", TensorElementType.UInt8, [tensor.ByteLength], buffer);
        this.Copy();
    }

    /// <summary>Copies a tensor back from the device.</summary>
    public void CopyToHost(OrtMemoryAllocation buffer, GraphTensor tensor)
    {
        using OrtValue host = tensor.ViewBytes();
        this.binding.BindInput("source", TensorElementType.UInt8, [tensor.ByteLength], buffer);
        this.binding.BindOutput("target", host);
        this.Copy();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        this.binding.Dispose();
        this.allocator.Dispose();
        this.runOptions.Dispose();
        this.loaded.Dispose();
    }

    private void Copy()
    {
        this.binding.SynchronizeBoundInputs();
        this.loaded.Session.RunWithBinding(this.runOptions, this.binding);
        this.binding.SynchronizeBoundOutputs();

        // What was bound may be gone before the next copy.
        this.binding.ClearBoundInputs();
        this.binding.ClearBoundOutputs();
    }
}
