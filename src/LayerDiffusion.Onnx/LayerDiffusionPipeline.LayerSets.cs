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
        LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanLayers(prompts, options), progress, cancellationToken);

    /// <inheritdoc cref="GenerateLayers"/>
    public Task<LayersResult> GenerateLayersAsync(
        LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanLayers(prompts, options), progress, cancellationToken);

    /// <summary>Makes <see cref="GenerationOptions.Count"/> sets of layers as <see cref="GenerateLayers"/> does and gives each batch as soon as it is done. Sets made in two steps are made one by one.</summary>
    /// <returns>The sets in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="GenerateLayers"/>
    public IAsyncEnumerable<LayersResult> GenerateLayersManyAsync(
        LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanLayers(prompts, options), progress, cancellationToken);

    /// <summary>Makes the background of a foreground, and a blend of both: mode <c>fg2bg</c> (SD 1.5), else <c>fg2ble</c> and then <c>fgble2bg</c> (SDXL).</summary>
    /// <param name="foreground">The transparent foreground, of any size.</param>
    /// <param name="prompts">What background and blend show.</param>
    /// <param name="options">How they are made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The layers, of the size given or else of the size of <paramref name="foreground"/>.</returns>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayersResult GenerateBackground(
        RgbaImage foreground, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanBackground(foreground, prompts, options), progress, cancellationToken);

    /// <inheritdoc cref="GenerateBackground"/>
    public Task<LayersResult> GenerateBackgroundAsync(
        RgbaImage foreground, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanBackground(foreground, prompts, options), progress, cancellationToken);

    /// <summary>Makes <see cref="GenerationOptions.Count"/> sets of layers as <see cref="GenerateBackground"/> does and gives each batch as soon as it is done. Sets made in two steps are made one by one.</summary>
    /// <returns>The sets in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="GenerateBackground"/>
    public IAsyncEnumerable<LayersResult> GenerateBackgroundManyAsync(
        RgbaImage foreground, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanBackground(foreground, prompts, options), progress, cancellationToken);

    /// <summary>Makes a foreground into a background, and a blend of both: mode <c>bg2fg</c> (SD 1.5), else <c>bg2ble</c> and then <c>bgble2fg</c> (SDXL).</summary>
    /// <param name="background">The background, of any size.</param>
    /// <param name="prompts">What foreground and blend show.</param>
    /// <param name="options">How they are made; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>The layers, of the size given or else of the size of <paramref name="background"/>.</returns>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayersResult GenerateForeground(
        RgbaImage background, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanForeground(background, prompts, options), progress, cancellationToken);

    /// <inheritdoc cref="GenerateForeground"/>
    public Task<LayersResult> GenerateForegroundAsync(
        RgbaImage background, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanForeground(background, prompts, options), progress, cancellationToken);

    /// <summary>Makes <see cref="GenerationOptions.Count"/> sets of layers as <see cref="GenerateForeground"/> does and gives each batch as soon as it is done. Sets made in two steps are made one by one.</summary>
    /// <returns>The sets in order; between two batches other callers of the pipeline get their turn.</returns>
    /// <inheritdoc cref="GenerateForeground"/>
    public IAsyncEnumerable<LayersResult> GenerateForegroundManyAsync(
        RgbaImage background, LayerPrompts prompts, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeManyAsync(this.PlanForeground(background, prompts, options), progress, cancellationToken);

    /// <summary>
    /// Draws one more layer on top of a stack: into what lies below where the package can (modes <c>bg2fg</c>, or <c>bg2ble</c> and <c>bgble2fg</c>), otherwise
    /// independently of it, which the layer's <see cref="Layer.Mode"/> tells. On a canvas smaller than the model's own pictures the layer is drawn larger and brought to its size.
    /// </summary>
    /// <param name="stack">The stack; its visible layers are what lies below.</param>
    /// <param name="prompt">What the layer shows.</param>
    /// <param name="options">How it is made, without a size; <see langword="null"/> for the model's defaults.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <exception cref="ArgumentException">A prompt has half a surrogate pair, which files cannot hold, the stack is full, or the options have a size.</exception>
    /// <returns>A stack with the new layer on top, which keeps its prompt, negative prompt and seed; and how it was made.</returns>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayerStackResult AddLayer(
        LayerStack stack, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanAddLayer(stack, prompt, options), progress, cancellationToken);

    /// <inheritdoc cref="AddLayer"/>
    public Task<LayerStackResult> AddLayerAsync(
        LayerStack stack, string prompt, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanAddLayer(stack, prompt, options), progress, cancellationToken);

    /// <summary>Draws one layer of a stack anew, with another seed unless the options name one; its rectangle of the canvas, name and blending stay. A small one is drawn larger, as by <see cref="AddLayer"/>.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="layerId">The layer's <see cref="Layer.Id"/>; it must have a prompt.</param>
    /// <param name="options">How it is made, without a size; <see langword="null"/> for the model's defaults. Without a negative prompt the layer's own counts.</param>
    /// <param name="progress">Told of each step, on the generating thread.</param>
    /// <param name="cancellationToken">Cancels within one node of a network.</param>
    /// <returns>A stack with that layer replaced, and how it was made.</returns>
    /// <exception cref="InvalidOperationException">The layer is locked.</exception>
    /// <inheritdoc cref="GenerateLayers" path="/exception"/>
    public LayerStackResult RedrawLayer(
        LayerStack stack, string layerId, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOne(this.PlanRedrawLayer(stack, layerId, options), progress, cancellationToken);

    /// <inheritdoc cref="RedrawLayer"/>
    public Task<LayerStackResult> RedrawLayerAsync(
        LayerStack stack, string layerId, GenerationOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        this.MakeOneAsync(this.PlanRedrawLayer(stack, layerId, options), progress, cancellationToken);

    private static string TextOf(LayerPrompts prompts, LayerRole role) => role switch
    {
        LayerRole.Foreground => prompts.ForegroundText(),
        LayerRole.Background => prompts.BackgroundText(),
        _ => prompts.BlendedText(),
    };

    private GenerationPlan<LayersResult> PlanLayers(LayerPrompts prompts, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (this.Has("joint"))
        {
            return this.PlanFrames("joint", null, prompts, options);
        }

        this.RequireTwoSteps("joint", "fg2ble", "fgble2bg");
        CheckTexts(prompts, LayerRole.Foreground, LayerRole.Background, LayerRole.Blended);
        GenerationOptions resolved = this.Resolve(string.Empty, options);
        GenerationOptions extraction = this.ForExtraction(resolved, options);
        return InSteps(resolved, run =>
        {
            TransparentResult foreground = run.Generate(ForStep(resolved, run, "transparent"), job => job.TextToTransparent(prompts.ForegroundText(), 1))[0];
            LayersResult rest = MakeBackground(run, foreground.Image, prompts, resolved, extraction);
            return new LayersResult(foreground.Image, rest.Background, rest.Blended, [foreground, .. rest.Parts]);
        });
    }

    private GenerationPlan<LayersResult> PlanBackground(RgbaImage foreground, LayerPrompts prompts, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(foreground);
        ArgumentNullException.ThrowIfNull(prompts);
        if (this.Has("fg2bg"))
        {
            return this.PlanFrames("fg2bg", foreground, prompts, options);
        }

        this.RequireTwoSteps("fg2bg", "fg2ble", "fgble2bg");
        CheckTexts(prompts, LayerRole.Background, LayerRole.Blended);
        GenerationOptions resolved = this.Resolve(foreground, string.Empty, options);
        GenerationOptions extraction = this.ForExtraction(resolved, options);
        return InSteps(resolved, run => MakeBackground(run, foreground, prompts, resolved, extraction));
    }

    private GenerationPlan<LayersResult> PlanForeground(RgbaImage background, LayerPrompts prompts, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(background);
        ArgumentNullException.ThrowIfNull(prompts);
        if (this.Has("bg2fg"))
        {
            return this.PlanFrames("bg2fg", background, prompts, options);
        }

        this.RequireTwoSteps("bg2fg", "bg2ble", "bgble2fg");
        CheckTexts(prompts, LayerRole.Foreground, LayerRole.Blended);
        GenerationOptions resolved = this.Resolve(background, string.Empty, options);
        GenerationOptions extraction = this.ForExtraction(resolved, options);
        return InSteps(resolved, run =>
        {
            ImageResult blended = run.Generate(ForStep(resolved, run, "bg2ble"), BlendBackgroundJob(background, prompts.BlendedText(), 1))[0];
            TransparentResult foreground = run.Generate(ForStep(extraction, run, "bgble2fg"), ExtractForegroundJob(background, blended.Image, prompts.ForegroundText(), 1))[0];
            return new LayersResult(foreground.Image, OnGrey(FitLike(background, blended)), blended.Image, [blended, foreground]);
        });
    }

    private static LayersResult MakeBackground(GenerationRun run, RgbaImage foreground, LayerPrompts prompts, GenerationOptions resolved, GenerationOptions extraction)
    {
        ImageResult blended = run.Generate(ForStep(resolved, run, "fg2ble"), BlendForegroundJob(foreground, prompts.BlendedText(), 1))[0];
        ImageResult background = run.Generate(ForStep(extraction, run, "fgble2bg"), ExtractBackgroundJob(foreground, blended.Image, prompts.BackgroundText(), 1))[0];
        return new LayersResult(FitLike(foreground, blended), background.Image, blended.Image, [blended, background]);
    }

    private GenerationPlan<LayerStackResult> PlanAddLayer(LayerStack stack, string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(stack);
        ArgumentNullException.ThrowIfNull(prompt);
        RgbaImage? below = stack.Layers.Any(layer => layer.IsVisible) ? stack.Flatten() : null;
        return this.PlanLayer(new Layer(LayerText.ToName(prompt), new RgbaImage(stack.Width, stack.Height)), below, prompt, options, layer =>
        {
            LayerStack added = stack.Add(layer);
            return (added, added.Layers[^1].Id);
        });
    }

    private GenerationPlan<LayerStackResult> PlanRedrawLayer(LayerStack stack, string layerId, GenerationOptions? options)
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
        return this.PlanLayer(old, below, prompt, options, layer => (stack.Replace(layerId, layer), layerId));
    }

    /// <summary>A new picture for a layer: into what lies below where the package can.</summary>
    private GenerationPlan<LayerStackResult> PlanLayer(Layer layer, RgbaImage? below, string prompt, GenerationOptions? options, Func<Layer, (LayerStack Stack, string Id)> place)
    {
        (int width, int height) = (layer.Image.Width, layer.Image.Height);
        if (options?.Width is not null || options?.Height is not null)
        {
            throw new ArgumentException($"{nameof(GenerationOptions)} has a size; this layer's is {width}×{height}.", nameof(options));
        }

        // What the stack would refuse is refused before the work is done.
        place(layer with { Prompt = prompt, NegativePrompt = options?.NegativePrompt });
        (int drawnWidth, int drawnHeight) = this.SizeToDrawAt(width, height);
        GenerationOptions sized = (options ?? new GenerationOptions()) with
        {
            Width = Math.Max(drawnWidth, GenerationOptions.MinimumSide),
            Height = Math.Max(drawnHeight, GenerationOptions.MinimumSide),
        };
        GenerationPlan<IReadOnlyList<GenerationResult>> plan = below is not null && (this.Has("bg2fg") || (this.Has("bg2ble") && this.Has("bgble2fg")))
            ? this.PlanForeground(below.FitTo(drawnWidth, drawnHeight, ImageFit.Stretch), new LayerPrompts { Global = prompt }, options).Select(set => set.Parts)
            : this.PlanTransparent(prompt, sized).Select(IReadOnlyList<GenerationResult> (result) => [result]);
        return plan.Select(parts =>
        {
            GenerationResult drawn = parts.OfType<TransparentResult>().First();
            (LayerStack stack, string id) = place(
                layer with { Image = drawn.Image.FitTo(width, height), Prompt = prompt, NegativePrompt = drawn.Options.NegativePrompt, Seed = drawn.Seed, Mode = drawn.Mode });
            return new LayerStackResult(stack, id, parts);
        });
    }

    /// <summary>A layer smaller than the pictures that the model is made for is drawn as large as those, because small ones come out badly or empty.</summary>
    private (int Width, int Height) SizeToDrawAt(int width, int height)
    {
        (int modelWidth, int modelHeight) = this.model.Package.DefaultSize;
        double scale = Math.Max(1, Math.Min((double)modelWidth / width, (double)modelHeight / height));
        return ((int)Math.Round(width * scale), (int)Math.Round(height * scale));
    }

    /// <summary>Sets whose later steps work on what the earlier ones made.</summary>
    private static GenerationPlan<LayersResult> InSteps(GenerationOptions options, Func<GenerationRun, LayersResult> make) => new(options, (run, _) => [make(run)]) { IsOneByOne = true };

    /// <summary>The options of one step of several: the seeds are those of the run, and its trace gets the step's mode into its name.</summary>
    private static GenerationOptions ForStep(GenerationOptions options, GenerationRun run, string mode) => options with
    {
        Seed = run.Options.Seed,
        VariationSeed = run.Options.VariationSeed,
        TraceFile = options.TraceFile is { } file ? Path.ChangeExtension(file, mode + Path.GetExtension(file)) : null,
    };

    /// <summary>The options of a step that takes two layers. "Not DPM" is the method's author's advice for those; it counts where the caller names no scheduler.</summary>
    private GenerationOptions ForExtraction(GenerationOptions resolved, GenerationOptions? asked) => asked?.Scheduler is not null
        ? resolved
        : this.Schedule(resolved with { Steps = asked?.Steps, GuidanceScale = asked?.GuidanceScale }, SchedulerOptions.UniPC);

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

    private GenerationPlan<LayersResult> PlanFrames(string mode, RgbaImage? given, LayerPrompts prompts, GenerationOptions? options)
    {
        UnetDefinition unet = this.model.FindUnet(mode);
        CheckTexts(prompts, [.. unet.Frames]);
        GenerationOptions resolved = given is null ? this.Resolve(string.Empty, options) : this.Resolve(given, string.Empty, options);
        return new(resolved, (run, images) => [.. run.Generate(job => job.LayersTogether(unet, given, role => TextOf(prompts, role), images)).Chunk(unet.Frames.Count).Select(ToResult)]);

        LayersResult ToResult(GenerationResult[] frames)
        {
            return new LayersResult(ImageOf(LayerRole.Foreground), ImageOf(LayerRole.Background), ImageOf(LayerRole.Blended), frames);

            RgbaImage ImageOf(LayerRole role)
            {
                int index = unet.Frames.ToList().IndexOf(role);
                return index >= 0 ? frames[index].Image : role == LayerRole.Background ? OnGrey(FitLike(given!, frames[0])) : FitLike(given!, frames[0]);
            }
        }
    }
}
