using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>What a graph computed, where its device left it, to be the input of another graph. It must not outlive the session that made it.</summary>
internal sealed class DeviceTensor(OrtValue value) : IDisposable
{
    internal OrtValue Value { get; } = value;

    /// <inheritdoc/>
    public void Dispose() => this.Value.Dispose();
}
