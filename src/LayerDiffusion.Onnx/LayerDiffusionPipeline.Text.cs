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
        this.MakeOne(this.PlanTransparent(prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="GenerateTransparent(string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public Task<TransparentResult> GenerateTransparentAsync(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanTransparent(prompt, options), progress, cancellationToken);

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
        this.MakeManyAsync(this.PlanTransparent(prompt, options), progress, cancellationToken);

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
        this.MakeOne(this.PlanImage(prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="GenerateImage(string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public Task<ImageResult> GenerateImageAsync(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanImage(prompt, options), progress, cancellationToken);

    /// <summary>Makes <see cref="GenerationOptions.Count"/> ordinary pictures of a prompt and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <exception cref="ArgumentException">A trace file is asked for and the pictures do not fit one batch.</exception>
    /// <inheritdoc cref="GenerateImage(string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public IAsyncEnumerable<ImageResult> GenerateImageManyAsync(
        string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanImage(prompt, options), progress, cancellationToken);

    private GenerationPlan<TransparentResult> PlanTransparent(string prompt, GenerationOptions? options) =>
        new(this.Resolve(prompt, options), (run, images) => run.Generate(job => job.TextToTransparent(prompt, images)));

    private GenerationPlan<ImageResult> PlanImage(string prompt, GenerationOptions? options) =>
        new(this.Resolve(prompt, options), (run, images) => run.Generate(job => job.TextToImage(prompt, images)));
}
