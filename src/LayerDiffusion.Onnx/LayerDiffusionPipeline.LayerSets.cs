using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <content>Whole sets of layers, by whichever way the package has.</content>
public sealed partial class LayerDiffusionPipeline
{
    /// <summary>
    /// Makes a foreground, a background and a blend of both: in one go with a UNet whose frames share attention (mode <c>joint</c>, SD 1.5), else the foreground first and
    /// the other two from it (SDXL).
    /// </summary>
    /// <param name="prompts">What the layers show.</param>
    /// <param name="options">How they are made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The layers.</returns>
    /// <exception cref="ModeNotSupportedException">The package has neither way.</exception>
    /// <exception cref="ArgumentException">A layer has no prompt, neither its own nor a global one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range; the exception names it.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public LayersResult GenerateLayers(
        LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (this.Has("joint"))
        {
            return this.MakeFrames("joint", null, prompts, options, progress, cancellationToken);
        }

        this.RequireTwoSteps("joint", "fg2ble", "fgble2bg");
        CheckTexts(prompts, LayerRole.Foreground, LayerRole.Background, LayerRole.Blended);
        TransparentResult foreground = this.GenerateTransparent(prompts.ForegroundText(), ForStep(options, "transparent"), progress, cancellationToken);
        LayersResult rest = this.MakeBackgroundInTwoSteps(foreground.Image, prompts, Following(options, foreground), progress, cancellationToken);
        return new LayersResult(foreground.Image, rest.Background, rest.Blended, [foreground, .. rest.Parts]);
    }

    /// <inheritdoc cref="GenerateLayers"/>
    public Task<LayersResult> GenerateLayersAsync(
        LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StartLong(() => this.GenerateLayers(prompts, options, progress, cancellationToken), cancellationToken);

    /// <summary>Makes the background of a foreground, and a blend of both: mode <c>fg2bg</c> (SD 1.5), else <c>fg2ble</c> and then <c>fgble2bg</c> (SDXL).</summary>
    /// <param name="foreground">The transparent foreground, of any size.</param>
    /// <param name="prompts">What background and blend show.</param>
    /// <param name="options">How they are made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The layers, of the size given or else of the size of <paramref name="foreground"/>.</returns>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayersResult GenerateBackground(
        RgbaImage foreground, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(foreground);
        ArgumentNullException.ThrowIfNull(prompts);
        if (this.Has("fg2bg"))
        {
            return this.MakeFrames("fg2bg", foreground, prompts, options, progress, cancellationToken);
        }

        this.RequireTwoSteps("fg2bg", "fg2ble", "fgble2bg");
        CheckTexts(prompts, LayerRole.Background, LayerRole.Blended);
        return this.MakeBackgroundInTwoSteps(foreground, prompts, options, progress, cancellationToken);
    }

    /// <inheritdoc cref="GenerateBackground"/>
    public Task<LayersResult> GenerateBackgroundAsync(
        RgbaImage foreground, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StartLong(() => this.GenerateBackground(foreground, prompts, options, progress, cancellationToken), cancellationToken);

    /// <summary>Makes a foreground into a background, and a blend of both: mode <c>bg2fg</c> (SD 1.5), else <c>bg2ble</c> and then <c>bgble2fg</c> (SDXL).</summary>
    /// <param name="background">The background, of any size.</param>
    /// <param name="prompts">What foreground and blend show.</param>
    /// <param name="options">How they are made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The layers, of the size given or else of the size of <paramref name="background"/>.</returns>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayersResult GenerateForeground(
        RgbaImage background, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(background);
        ArgumentNullException.ThrowIfNull(prompts);
        if (this.Has("bg2fg"))
        {
            return this.MakeFrames("bg2fg", background, prompts, options, progress, cancellationToken);
        }

        this.RequireTwoSteps("bg2fg", "bg2ble", "bgble2fg");
        CheckTexts(prompts, LayerRole.Foreground, LayerRole.Blended);
        ImageResult blended = this.BlendBackground(background, prompts.BlendedText(), ForStep(options, "bg2ble"), progress, cancellationToken);
        TransparentResult foreground = this.ExtractForeground(
            background, blended.Image, prompts.ForegroundText(), ForExtraction(Following(options, blended), "bgble2fg"), progress, cancellationToken);
        return new LayersResult(foreground.Image, OnGrey(FitLike(background, blended)), blended.Image, [blended, foreground]);
    }

    /// <inheritdoc cref="GenerateForeground"/>
    public Task<LayersResult> GenerateForegroundAsync(
        RgbaImage background, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StartLong(() => this.GenerateForeground(background, prompts, options, progress, cancellationToken), cancellationToken);

    /// <summary>
    /// Draws one more layer on top of a stack: into what lies below where the package can (modes <c>bg2fg</c>, or <c>bg2ble</c> and <c>bgble2fg</c>), otherwise
    /// independently of it, which the layer's <see cref="Layer.Mode"/> tells.
    /// </summary>
    /// <param name="stack">The stack; its visible layers are what lies below.</param>
    /// <param name="prompt">What the layer shows.</param>
    /// <param name="options">How it is made, without a size; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>A stack with the new layer on top, which keeps its prompt, negative prompt and seed.</returns>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayerStack AddLayer(
        LayerStack stack, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentNullException.ThrowIfNull(prompt);
        RgbaImage? below = stack.Layers.Any(layer => layer.IsVisible) ? stack.Flatten() : null;
        return stack.Add(this.DrawLayer(stack.Width, stack.Height, below, prompt, prompt, options, progress, cancellationToken));
    }

    /// <inheritdoc cref="AddLayer"/>
    public Task<LayerStack> AddLayerAsync(
        LayerStack stack, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StartLong(() => this.AddLayer(stack, prompt, options, progress, cancellationToken), cancellationToken);

    /// <summary>Draws one layer of a stack anew, with another seed unless the options name one; its rectangle of the canvas, name and blending stay.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="layerId">The layer's <see cref="Layer.Id"/>; it must have a prompt.</param>
    /// <param name="options">How it is made, without a size; <see langword="null"/> for the model's defaults. Without a negative prompt the layer's own counts.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>A stack with that layer replaced.</returns>
    /// <exception cref="InvalidOperationException">The layer is locked.</exception>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayerStack RedrawLayer(
        LayerStack stack, string layerId, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stack);
        Layer old = stack[layerId];
        if (old.IsLocked)
        {
            throw new InvalidOperationException($"Layer '{old.Name}' is locked; unlock it before it is drawn anew.");
        }

        string prompt = old.Prompt ?? throw new ArgumentException($"Layer '{old.Name}' has no prompt to be drawn anew from.", nameof(layerId));
        options = (options ?? new GenerationOptions()) with { NegativePrompt = options?.NegativePrompt ?? old.NegativePrompt };

        // What lies under the layer's own rectangle of the canvas.
        RgbaImage? below = stack.Layers.Take(stack.IndexOf(layerId)).Any(layer => layer.IsVisible)
            ? new LayerStack(old.Image.Width, old.Image.Height, [new Layer("below", stack.Flatten(layerId), -old.X, -old.Y)]).Flatten()
            : null;
        Layer drawn = this.DrawLayer(old.Image.Width, old.Image.Height, below, prompt, old.Name, options, progress, cancellationToken);
        return stack.Replace(layerId, old with { Image = drawn.Image, Seed = drawn.Seed, Mode = drawn.Mode, NegativePrompt = drawn.NegativePrompt });
    }

    /// <inheritdoc cref="RedrawLayer"/>
    public Task<LayerStack> RedrawLayerAsync(
        LayerStack stack, string layerId, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        StartLong(() => this.RedrawLayer(stack, layerId, options, progress, cancellationToken), cancellationToken);

    private static string TextOf(LayerPrompts prompts, LayerRole role) => role switch
    {
        LayerRole.Foreground => prompts.ForegroundText(),
        LayerRole.Background => prompts.BackgroundText(),
        _ => prompts.BlendedText(),
    };

    private Layer DrawLayer(
        int width, int height, RgbaImage? below, string prompt, string name, GenerationOptions? options, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        if (options?.Width is not null || options?.Height is not null)
        {
            throw new ArgumentException($"{nameof(GenerationOptions)} has a size; this layer's is {width}×{height}.", nameof(options));
        }

        GenerationOptions sized = (options ?? new GenerationOptions()) with { Width = Math.Max(width, GenerationOptions.MinimumSide), Height = Math.Max(height, GenerationOptions.MinimumSide) };
        GenerationResult drawn = below is not null && (this.Has("bg2fg") || (this.Has("bg2ble") && this.Has("bgble2fg")))
            ? this.GenerateForeground(below, new LayerPrompts { Global = prompt }, sized, progress, cancellationToken).Parts.OfType<TransparentResult>().First()
            : this.GenerateTransparent(prompt, sized, progress, cancellationToken);
        return new Layer(name, drawn.Image.FitTo(width, height)) { Prompt = prompt, NegativePrompt = drawn.Options.NegativePrompt, Seed = drawn.Seed, Mode = drawn.Mode };
    }

    // The gate may be long in coming, which a pool thread should not have to wait for.
    private static Task<T> StartLong<T>(Func<T> generate, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(generate, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The options of one step of several: its trace gets the step's mode into its name.</summary>
    private static GenerationOptions ForStep(GenerationOptions? options, string mode)
    {
        options ??= new GenerationOptions();
        return options.TraceFile is null ? options : options with { TraceFile = Path.ChangeExtension(options.TraceFile, mode + Path.GetExtension(options.TraceFile)) };
    }

    /// <summary>The options of a step that takes two layers. "Not DPM" is the method's author's advice for those; it counts where the caller names no scheduler.</summary>
    private static GenerationOptions ForExtraction(GenerationOptions options, string mode) =>
        ForStep(options, mode) with { Scheduler = options.Scheduler ?? SchedulerOptions.UniPC };

    /// <summary>The options of the steps after the first: the seed that it drew. Their size is the options' or that of the pictures given, as the first one's was.</summary>
    private static GenerationOptions Following(GenerationOptions? options, GenerationResult first) => (options ?? new GenerationOptions()) with { Seed = first.Seed };

    private static RgbaImage FitLike(RgbaImage given, GenerationResult result) =>
        given.FitTo(result.Image.Width, result.Image.Height, result.Options.ImageFit, result.Options.ResampleInLinearLight).ToStraight();

    /// <summary>A background as the networks see it: opaque, mid-grey where it is transparent.</summary>
    private static RgbaImage OnGrey(RgbaImage background) => background.ToMattePreview(128, 128, 128);

    // A prompt that is missing is told before the first step, not after it.
    private static void CheckTexts(LayerPrompts prompts, params ReadOnlySpan<LayerRole> roles)
    {
        foreach (LayerRole role in roles)
        {
            _ = TextOf(prompts, role);
        }
    }

    private bool Has(string mode) => this.model.Package.Unets.ContainsKey(mode);

    private void RequireTwoSteps(string oneStep, string first, string second)
    {
        if (!this.Has(first) || !this.Has(second))
        {
            throw new ModeNotSupportedException(this.Has(first) ? second : oneStep, this.model.Package.Name, this.model.Package.Unets.Keys);
        }
    }

    private LayersResult MakeBackgroundInTwoSteps(
        RgbaImage foreground, LayerPrompts prompts, GenerationOptions? options, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        ImageResult blended = this.BlendForeground(foreground, prompts.BlendedText(), ForStep(options, "fg2ble"), progress, cancellationToken);
        ImageResult background = this.ExtractBackground(
            foreground, blended.Image, prompts.BackgroundText(), ForExtraction(Following(options, blended), "fgble2bg"), progress, cancellationToken);
        return new LayersResult(FitLike(foreground, blended), background.Image, blended.Image, [blended, background]);
    }

    private LayersResult MakeFrames(
        string mode, RgbaImage? given, LayerPrompts prompts, GenerationOptions? options, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        UnetDefinition unet = this.model.FindUnet(mode);
        GenerationOptions resolved = given is null ? this.ResolveSingle(string.Empty, options) : this.ResolveSingle(given, string.Empty, options);
        GenerationResult[] frames = this.Run(resolved, progress, job => job.LayersTogether(unet, given, role => TextOf(prompts, role), 1), cancellationToken);
        return new LayersResult(ImageOf(LayerRole.Foreground), ImageOf(LayerRole.Background), ImageOf(LayerRole.Blended), frames);

        RgbaImage ImageOf(LayerRole role)
        {
            int index = unet.Frames.ToList().IndexOf(role);
            return index >= 0 ? frames[index].Image : role == LayerRole.Background ? OnGrey(FitLike(given!, frames[0])) : FitLike(given!, frames[0]);
        }
    }
}
