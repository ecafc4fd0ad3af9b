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
        this.Run(this.ResolveSingle(foreground, prompt, options), progress, BlendForegroundJob(foreground, prompt), cancellationToken)[0];

    /// <inheritdoc cref="BlendForeground"/>
    public async Task<ImageResult> BlendForegroundAsync(
        RgbaImage foreground, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        (await this.RunAsync(this.ResolveSingle(foreground, prompt, options), progress, BlendForegroundJob(foreground, prompt), cancellationToken).ConfigureAwait(false))[0];

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
        this.Run(this.ResolveSingle(background, prompt, options), progress, BlendBackgroundJob(background, prompt), cancellationToken)[0];

    /// <inheritdoc cref="BlendBackground"/>
    public async Task<ImageResult> BlendBackgroundAsync(
        RgbaImage background, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        (await this.RunAsync(this.ResolveSingle(background, prompt, options), progress, BlendBackgroundJob(background, prompt), cancellationToken).ConfigureAwait(false))[0];

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
        this.Run(this.ResolveSingle(background, prompt, options), progress, ExtractForegroundJob(background, blended, prompt), cancellationToken)[0];

    /// <inheritdoc cref="ExtractForeground"/>
    public async Task<TransparentResult> ExtractForegroundAsync(
        RgbaImage background,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        (await this.RunAsync(this.ResolveSingle(background, prompt, options), progress, ExtractForegroundJob(background, blended, prompt), cancellationToken).ConfigureAwait(false))[0];

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
        this.Run(this.ResolveSingle(foreground, prompt, options), progress, ExtractBackgroundJob(foreground, blended, prompt), cancellationToken)[0];

    /// <inheritdoc cref="ExtractBackground"/>
    public async Task<ImageResult> ExtractBackgroundAsync(
        RgbaImage foreground,
        RgbaImage blended,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        (await this.RunAsync(this.ResolveSingle(foreground, prompt, options), progress, ExtractBackgroundJob(foreground, blended, prompt), cancellationToken).ConfigureAwait(false))[0];

    private static Func<GenerationJob, ImageResult[]> BlendForegroundJob(RgbaImage foreground, string prompt) =>
        job => job.LayersToImage("fg2ble", Layers((LayerRole.Foreground, foreground)), prompt, 1);

    private static Func<GenerationJob, ImageResult[]> BlendBackgroundJob(RgbaImage background, string prompt) =>
        job => job.LayersToImage("bg2ble", Layers((LayerRole.Background, background)), prompt, 1);

    private static Func<GenerationJob, TransparentResult[]> ExtractForegroundJob(RgbaImage background, RgbaImage blended, string prompt)
    {
        ArgumentNullException.ThrowIfNull(blended);
        return job => job.LayersToTransparent("bgble2fg", Layers((LayerRole.Background, background), (LayerRole.Blended, blended)), prompt, 1);
    }

    private static Func<GenerationJob, ImageResult[]> ExtractBackgroundJob(RgbaImage foreground, RgbaImage blended, string prompt)
    {
        ArgumentNullException.ThrowIfNull(blended);
        return job => job.LayersToImage("fgble2bg", Layers((LayerRole.Foreground, foreground), (LayerRole.Blended, blended)), prompt, 1);
    }

    private static Dictionary<LayerRole, RgbaImage> Layers(params (LayerRole Role, RgbaImage Image)[] layers) =>
        layers.ToDictionary(layer => layer.Role, layer => layer.Image);
}
