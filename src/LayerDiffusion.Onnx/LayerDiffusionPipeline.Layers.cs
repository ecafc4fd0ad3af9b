using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx;

/// <content>From layers to other layers, one step each (SDXL).</content>
public sealed partial class LayerDiffusionPipeline
{
    /// <summary>Paints a blended picture around a transparent foreground (mode <c>fg2ble</c>).</summary>
    /// <param name="foreground">The foreground, of any size.</param>
    /// <param name="prompt">What the blended picture shows.</param>
    /// <param name="options">How it is made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The blended picture, opaque, of the size given or else of the size of <paramref name="foreground"/>.</returns>
    /// <exception cref="ModeNotSupportedException">The package lacks the mode.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the exception names it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public ImageResult BlendForeground(
        RgbaImage foreground, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanBlendForeground(foreground, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="BlendForeground"/>
    public Task<ImageResult> BlendForegroundAsync(
        RgbaImage foreground, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanBlendForeground(foreground, prompt, options), progress, cancellationToken);

    /// <summary>Paints blended pictures around a transparent foreground, <see cref="GenerationOptions.Count"/> times, and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="BlendForeground"/>
    public IAsyncEnumerable<ImageResult> BlendForegroundManyAsync(
        RgbaImage foreground, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanBlendForeground(foreground, prompt, options), progress, cancellationToken);

    /// <summary>Paints a foreground into a background (mode <c>bg2ble</c>).</summary>
    /// <param name="background">The background, of any size.</param>
    /// <param name="prompt">What the blended picture shows.</param>
    /// <param name="options">How it is made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The blended picture, opaque, of the size given or else of the size of <paramref name="background"/>.</returns>
    /// <inheritdoc cref="BlendForeground" path="/exception"/>
    public ImageResult BlendBackground(
        RgbaImage background, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanBlendBackground(background, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="BlendBackground"/>
    public Task<ImageResult> BlendBackgroundAsync(
        RgbaImage background, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanBlendBackground(background, prompt, options), progress, cancellationToken);

    /// <summary>Paints foregrounds into a background, <see cref="GenerationOptions.Count"/> times, and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="BlendBackground"/>
    public IAsyncEnumerable<ImageResult> BlendBackgroundManyAsync(
        RgbaImage background, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanBlendBackground(background, prompt, options), progress, cancellationToken);

    /// <summary>Takes the transparent foreground out of a blended picture whose background is known (mode <c>bgble2fg</c>). The method's author advises Euler ancestral or UniPC.</summary>
    /// <param name="background">The background, of any size.</param>
    /// <param name="blended">The blended picture; it is brought to the size of the result too.</param>
    /// <param name="prompt">What the foreground shows.</param>
    /// <param name="options">How it is made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The foreground, of the size given or else of the size of <paramref name="background"/>.</returns>
    /// <inheritdoc cref="BlendForeground" path="/exception"/>
    public TransparentResult ExtractForeground(
        RgbaImage background,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanExtractForeground(background, blended, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="ExtractForeground"/>
    public Task<TransparentResult> ExtractForegroundAsync(
        RgbaImage background,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanExtractForeground(background, blended, prompt, options), progress, cancellationToken);

    /// <summary>Takes the transparent foreground out of a blended picture, <see cref="GenerationOptions.Count"/> times, and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="ExtractForeground"/>
    public IAsyncEnumerable<TransparentResult> ExtractForegroundManyAsync(
        RgbaImage background,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanExtractForeground(background, blended, prompt, options), progress, cancellationToken);

    /// <summary>
    /// Takes the background out of a blended picture whose foreground is known (mode <c>fgble2bg</c>). The method's author advises Euler ancestral or UniPC and
    /// ends the conditions halfway, which is the default (<see cref="GenerationOptions.EndConditioningAt"/>).
    /// </summary>
    /// <param name="foreground">The transparent foreground, of any size.</param>
    /// <param name="blended">The blended picture; it is brought to the size of the result too.</param>
    /// <param name="prompt">What the background shows.</param>
    /// <param name="options">How it is made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The background, opaque, of the size given or else of the size of <paramref name="foreground"/>.</returns>
    /// <inheritdoc cref="BlendForeground" path="/exception"/>
    public ImageResult ExtractBackground(
        RgbaImage foreground,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanExtractBackground(foreground, blended, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="ExtractBackground"/>
    public Task<ImageResult> ExtractBackgroundAsync(
        RgbaImage foreground,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanExtractBackground(foreground, blended, prompt, options), progress, cancellationToken);

    /// <summary>Takes the background out of a blended picture, <see cref="GenerationOptions.Count"/> times, and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="ExtractBackground"/>
    public IAsyncEnumerable<ImageResult> ExtractBackgroundManyAsync(
        RgbaImage foreground,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanExtractBackground(foreground, blended, prompt, options), progress, cancellationToken);

    private GenerationPlan<ImageResult> PlanBlendForeground(RgbaImage foreground, string prompt, GenerationOptions? options) =>
        new(this.Resolve(foreground, prompt, options), (run, images) => run.Generate(BlendForegroundJob(foreground, prompt, images)));

    private GenerationPlan<ImageResult> PlanBlendBackground(RgbaImage background, string prompt, GenerationOptions? options) =>
        new(this.Resolve(background, prompt, options), (run, images) => run.Generate(BlendBackgroundJob(background, prompt, images)));

    private GenerationPlan<TransparentResult> PlanExtractForeground(RgbaImage background, RgbaImage blended, string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(blended);
        return new(this.Resolve(background, prompt, options), (run, images) => run.Generate(ExtractForegroundJob(background, blended, prompt, images)));
    }

    private GenerationPlan<ImageResult> PlanExtractBackground(RgbaImage foreground, RgbaImage blended, string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(blended);
        return new(this.Resolve(foreground, prompt, options), (run, images) => run.Generate(ExtractBackgroundJob(foreground, blended, prompt, images)));
    }

    private static Func<GenerationJob, ImageResult[]> BlendForegroundJob(RgbaImage foreground, string prompt, int images) =>
        job => job.LayersToImage("fg2ble", Layers((LayerRole.Foreground, foreground)), prompt, images);

    private static Func<GenerationJob, ImageResult[]> BlendBackgroundJob(RgbaImage background, string prompt, int images) =>
        job => job.LayersToImage("bg2ble", Layers((LayerRole.Background, background)), prompt, images);

    private static Func<GenerationJob, TransparentResult[]> ExtractForegroundJob(RgbaImage background, RgbaImage blended, string prompt, int images) =>
        job => job.LayersToTransparent("bgble2fg", Layers((LayerRole.Background, background), (LayerRole.Blended, blended)), prompt, images);

    private static Func<GenerationJob, ImageResult[]> ExtractBackgroundJob(RgbaImage foreground, RgbaImage blended, string prompt, int images) =>
        job => job.LayersToImage("fgble2bg", Layers((LayerRole.Foreground, foreground), (LayerRole.Blended, blended)), prompt, images);

    private static Dictionary<LayerRole, RgbaImage> Layers(params (LayerRole Role, RgbaImage Image)[] layers) =>
        layers.ToDictionary(layer => layer.Role, layer => layer.Image);
}
