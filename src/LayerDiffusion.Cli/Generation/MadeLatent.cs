using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;

namespace LayerDiffusion.Cli.Generation;

/// <summary>A latent to write.</summary>
/// <param name="Latent">The latent.</param>
internal sealed record MadeLatent(TransparentLatent Latent) : Made([])
{
    /// <inheritdoc/>
    public override void Write(PictureFiles files, GenerationRequest request) => this.Latent.Save(files.Straight);
}
