using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx;

/// <content>The latent transparency codec alone.</content>
public sealed partial class LayerDiffusionPipeline
{
    /// <summary>Writes a transparent picture into a latent: the VAE's mean on grey plus the transparency offset (LayerDiffuse, section 3).</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="options">
    /// <see cref="GenerationOptions.OffsetGain"/>, a size, how the picture is brought to it, and <see cref="GenerationOptions.TileSize"/>; the rest has no meaning here. <see langword="null"/> for the
    /// model's own and the picture as a whole.
    /// </param>
    /// <param name="progress">Told of each step, on the encoding thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The latent.</returns>
    /// <exception cref="ModeNotSupportedException">The package has no networks for transparency.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the exception names it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public TransparentLatent EncodeTransparent(
        RgbaImage image, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanEncoding(image, options), progress, cancellationToken);

    /// <inheritdoc cref="EncodeTransparent"/>
    public Task<TransparentLatent> EncodeTransparentAsync(
        RgbaImage image, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanEncoding(image, options), progress, cancellationToken);

    /// <summary>Draws the transparent picture out of a latent.</summary>
    /// <param name="latent">The latent, from <see cref="EncodeTransparent"/> or from a sampler of one's own.</param>
    /// <param name="options">
    /// <see cref="GenerationOptions.AlphaAugmentation"/> and <see cref="GenerationOptions.TileSize"/>; the rest has no meaning here. <see langword="null"/> for eight views of the whole picture.
    /// </param>
    /// <param name="progress">Told of each step, on the decoding thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The picture in float32, straight alpha; <see cref="RgbaFloatImage.ToImageTruncated"/> cuts it to 8 bits as the generating methods do.</returns>
    /// <exception cref="ArgumentException">The latent's extents are not those of its picture, rounded up to the networks' multiple.</exception>
    /// <inheritdoc cref="EncodeTransparent" path="/exception"/>
    public RgbaFloatImage DecodeTransparent(
        TransparentLatent latent, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanDecoding(latent, options), progress, cancellationToken);

    /// <inheritdoc cref="DecodeTransparent"/>
    public Task<RgbaFloatImage> DecodeTransparentAsync(
        TransparentLatent latent, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanDecoding(latent, options), progress, cancellationToken);

    private GenerationPlan<TransparentLatent> PlanEncoding(RgbaImage image, GenerationOptions? options) =>
        new(this.Resolve(image, string.Empty, options), (run, _) => [run.Begin().Encode(image)]);

    private GenerationPlan<RgbaFloatImage> PlanDecoding(TransparentLatent latent, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(latent);
        GenerationOptions resolved = this.Resolve(string.Empty, (options ?? new GenerationOptions()) with { Width = null, Height = null });
        return new(resolved with { Width = latent.Width, Height = latent.Height }, (run, _) => [run.Begin().Decode(latent)]);
    }
}
