using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx;

/// <content>From pictures.</content>
public sealed partial class LayerDiffusionPipeline
{
    private const double DefaultStrength = 0.75;

    /// <summary>Redraws a transparent picture: its alpha and the colour beneath are encoded into the latent and drawn anew.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="prompt">What the result shows.</param>
    /// <param name="options">How it is made; <see cref="GenerationOptions.Strength"/> says how far. <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The picture as straight, premultiplied and padded RGBA, of the size given or else of the size of <paramref name="image"/>.</returns>
    /// <exception cref="ModeNotSupportedException">The package has no networks for transparency.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the exception names it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public TransparentResult GenerateTransparent(
        RgbaImage image, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanTransparent(image, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="GenerateTransparent(RgbaImage, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public Task<TransparentResult> GenerateTransparentAsync(
        RgbaImage image, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanTransparent(image, prompt, options), progress, cancellationToken);

    /// <summary>Redraws a transparent picture <see cref="GenerationOptions.Count"/> times and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="GenerateTransparent(RgbaImage, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public IAsyncEnumerable<TransparentResult> GenerateManyAsync(
        RgbaImage image, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanTransparent(image, prompt, options), progress, cancellationToken);

    /// <summary>Repaints part of a transparent picture, alpha included. Samples outside the mask come back as they were, unless <see cref="GenerationOptions.KeepUnmasked"/> is off.</summary>
    /// <param name="image">The picture, of any size.</param>
    /// <param name="mask">What is repainted, of the size of <paramref name="image"/>.</param>
    /// <param name="prompt">What the result shows.</param>
    /// <param name="options">How it is made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The picture as straight, premultiplied and padded RGBA.</returns>
    /// <exception cref="ArgumentException">The mask has another size than the picture, or is empty.</exception>
    /// <inheritdoc cref="GenerateTransparent(RgbaImage, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)" path="/exception"/>
    public TransparentResult Inpaint(
        RgbaImage image, Mask mask, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanInpainting(image, mask, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="Inpaint(RgbaImage, Mask, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public Task<TransparentResult> InpaintAsync(
        RgbaImage image, Mask mask, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanInpainting(image, mask, prompt, options), progress, cancellationToken);

    /// <summary>Repaints part of a transparent picture <see cref="GenerationOptions.Count"/> times and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="Inpaint(RgbaImage, Mask, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public IAsyncEnumerable<TransparentResult> InpaintManyAsync(
        RgbaImage image, Mask mask, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanInpainting(image, mask, prompt, options), progress, cancellationToken);

    /// <summary>Enlarges the canvas of a transparent picture and paints what is added; the picture itself comes back as it was.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="left">Columns added on the left, 0 or more.</param>
    /// <param name="top">Rows added above, 0 or more.</param>
    /// <param name="right">Columns added on the right, 0 or more.</param>
    /// <param name="bottom">Rows added below, 0 or more.</param>
    /// <param name="prompt">What the whole result shows.</param>
    /// <param name="options">How it is made, without a size; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The enlarged picture.</returns>
    /// <exception cref="ArgumentException">Nothing is added, or the options have a size.</exception>
    /// <inheritdoc cref="GenerateTransparent(RgbaImage, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)" path="/exception"/>
    public TransparentResult Outpaint(
        RgbaImage image,
        int left,
        int top,
        int right,
        int bottom,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanOutpainting(image, left, top, right, bottom, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="Outpaint"/>
    public Task<TransparentResult> OutpaintAsync(
        RgbaImage image,
        int left,
        int top,
        int right,
        int bottom,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanOutpainting(image, left, top, right, bottom, prompt, options), progress, cancellationToken);

    /// <summary>Enlarges the canvas of a transparent picture and paints what is added <see cref="GenerationOptions.Count"/> times, giving each batch as soon as it is done.</summary>
    /// <returns>The enlarged pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="Outpaint"/>
    public IAsyncEnumerable<TransparentResult> OutpaintManyAsync(
        RgbaImage image,
        int left,
        int top,
        int right,
        int bottom,
        string prompt,
        GenerationOptions? options = null,
        IProgress<GenerationProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanOutpainting(image, left, top, right, bottom, prompt, options), progress, cancellationToken);

    /// <summary>Redraws an ordinary picture with the package's base UNet. The encoder's mean is taken, not a sample, so that only the seed's noise varies.</summary>
    /// <param name="image">The picture, of any size; transparent parts are taken as mid-grey.</param>
    /// <param name="prompt">What the result shows.</param>
    /// <param name="options">How it is made; <see cref="GenerationOptions.Strength"/> says how far. <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The picture, alpha 255 everywhere.</returns>
    /// <exception cref="ModeNotSupportedException">The package has no base UNet.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the exception names it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public ImageResult GenerateImage(
        RgbaImage image, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanImage(image, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="GenerateImage(RgbaImage, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public Task<ImageResult> GenerateImageAsync(
        RgbaImage image, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanImage(image, prompt, options), progress, cancellationToken);

    /// <summary>Redraws an ordinary picture <see cref="GenerationOptions.Count"/> times and gives each batch as soon as it is done.</summary>
    /// <returns>The pictures in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="GenerateImage(RgbaImage, string, GenerationOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>
    public IAsyncEnumerable<ImageResult> GenerateImageManyAsync(
        RgbaImage image, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanImage(image, prompt, options), progress, cancellationToken);

    private static GenerationOptions WithStrength(GenerationOptions? options, double strength)
    {
        options ??= new GenerationOptions();
        return options with { Strength = options.Strength ?? strength };
    }

    private GenerationPlan<TransparentResult> PlanTransparent(RgbaImage image, string prompt, GenerationOptions? options) =>
        new(this.Resolve(image, prompt, WithStrength(options, DefaultStrength)), (run, images) => run.Generate(job => job.ImageToTransparent(image, prompt, images)));

    private GenerationPlan<ImageResult> PlanImage(RgbaImage image, string prompt, GenerationOptions? options) =>
        new(this.Resolve(image, prompt, WithStrength(options, DefaultStrength)), (run, images) => run.Generate(job => job.ImageToImage(image, prompt, images)));

    private GenerationPlan<TransparentResult> PlanOutpainting(RgbaImage image, int left, int top, int right, int bottom, string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (left == 0 && top == 0 && right == 0 && bottom == 0)
        {
            throw new ArgumentException("Nothing is added to the canvas; one of left, top, right, bottom must be above 0.", nameof(left));
        }

        if (options?.Width is not null || options?.Height is not null)
        {
            throw new ArgumentException($"{nameof(GenerationOptions)} has a size; the result's follows from the picture and what is added.", nameof(options));
        }

        RgbaImage canvas = image.Extend(left, top, right, bottom);
        Mask added = Mask.Rectangle(canvas.Width, canvas.Height, left, top, image.Width, image.Height).Invert();
        return this.PlanInpainting(canvas, added, prompt, options);
    }

    private GenerationPlan<TransparentResult> PlanInpainting(RgbaImage image, Mask mask, string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.Width != image.Width || mask.Height != image.Height)
        {
            throw new ArgumentException($"The mask is {mask.Width}×{mask.Height}, wanted the size of the picture, {image.Width}×{image.Height}.", nameof(mask));
        }

        if (mask.IsEmpty)
        {
            throw new ArgumentException("The mask is 0 everywhere, so that nothing would be repainted; white is what is repainted.", nameof(mask));
        }

        if (options is not { SoftMask: true } && !mask.Values.Span.ContainsAnyInRange((byte)128, (byte)255))
        {
            throw new ArgumentException(
                $"The mask is below 128 everywhere, so that nothing would be repainted: it is cut at one half unless {nameof(GenerationOptions)}.{nameof(GenerationOptions.SoftMask)} is on.", nameof(mask));
        }

        return new(this.Resolve(image, prompt, WithStrength(options, 1)), (run, images) => run.Generate(job => job.Inpaint(image, mask, prompt, images)));
    }
}
