using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;

namespace LayerDiffusion.Cli.Generation;

/// <summary>Something to write.</summary>
/// <param name="Generations">What made it, to tell about; none if it was given.</param>
internal abstract record Made(IReadOnlyList<GenerationResult> Generations)
{
    /// <summary>Writes it.</summary>
    public abstract void Write(PictureFiles files, GenerationRequest request);
}
