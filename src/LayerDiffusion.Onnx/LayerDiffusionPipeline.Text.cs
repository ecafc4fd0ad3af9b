namespace LayerDiffusion.Onnx;

/// <content>Text to image.</content>
public sealed partial class LayerDiffusionPipeline
{
    /// <summary>Makes a transparent picture of a prompt.</summary>
    /// <param name="prompt">What the picture shows.</param>
    /// <param name="options">How it is made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The picture as straight, premultiplied and padded RGBA.</returns>
    /// <exception cref="ModeNotSupportedException">The package has no networks for transparency.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the exception names it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public TransparentResult GenerateTransparent(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.Run(this.ResolveSingle(prompt, options), progress, job => job.TextToTransparent(prompt, 1), cancellationToken)[0];

    /// <inheritdoc cref="GenerateTransparent(string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public async Task<TransparentResult> GenerateTransparentAsync(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        (await this.RunAsync(this.ResolveSingle(prompt, options), progress, job => job.TextToTransparent(prompt, 1), cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Makes <see cref="GenerationOptions.Count"/> transparent pictures of a prompt and gives each batch as soon as it is done.</summary>
    /// <param name="prompt">What the pictures show.</param>
    /// <param name="options">How they are made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="GenerateTransparent(string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)" path="/exception"/>
    /// <exception cref="ArgumentException">A trace file is asked for and the pictures do not fit one batch.</exception>
    public IAsyncEnumerable<TransparentResult> GenerateManyAsync(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.RunManyAsync(this.Resolve(prompt, options), progress, (job, images) => job.TextToTransparent(prompt, images), cancellationToken);

    /// <summary>Makes an ordinary opaque picture of a prompt with the package's base UNet.</summary>
    /// <param name="prompt">What the picture shows.</param>
    /// <param name="options">How it is made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The picture, alpha 255 everywhere.</returns>
    /// <exception cref="ModeNotSupportedException">The package has no base UNet.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the exception names it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public ImageResult GenerateImage(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.Run(this.ResolveSingle(prompt, options), progress, job => job.TextToImage(prompt, 1), cancellationToken)[0];

    /// <inheritdoc cref="GenerateImage(string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public async Task<ImageResult> GenerateImageAsync(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        (await this.RunAsync(this.ResolveSingle(prompt, options), progress, job => job.TextToImage(prompt, 1), cancellationToken).ConfigureAwait(false))[0];
}
