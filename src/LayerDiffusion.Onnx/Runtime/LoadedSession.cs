using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>A session with what must live as long as it does.</summary>
/// <param name="Session">The session.</param>
/// <param name="Origin">What it was made from.</param>
/// <param name="Weights">Weights that it reads where they are mapped.</param>
internal sealed record LoadedSession(InferenceSession Session, GraphOrigin Origin, MappedWeights? Weights = null) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        this.Session.Dispose();
        this.Weights?.Dispose();
    }
}
