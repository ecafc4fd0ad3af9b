using System.Diagnostics;
using System.Runtime.CompilerServices;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LayerDiffusion.Onnx;

/// <summary>
/// Generates images with real transparency from text, by the LayerDiffuse method (Zhang &amp; Agrawala, "Transparent Image Layer Diffusion using Latent
/// Transparency", SIGGRAPH 2024), from a folder of ONNX graphs.
/// </summary>
/// <remarks>
/// A pipeline makes one generation at a time: it is safe to call from many threads, which are then served in the order in which they came; a
/// <see cref="LayerDiffusionPool"/> makes several at once. Disposing waits for the generation that is under way.
/// <para>
/// Progress is reported on the generating thread, which waits for the callback. A call of the same pipeline from there would wait for itself, so that it throws an
/// <see cref="InvalidOperationException"/>; <see cref="Progress{T}"/> runs callbacks on other threads, whose calls wait for their turn like any others.
/// </para>
/// </remarks>
public sealed partial class LayerDiffusionPipeline : IDisposable, IAsyncDisposable
{
    private readonly LoadedModel model;
    private readonly ILogger logger;
    private readonly GenerationGate gate;
    private volatile bool isDisposed;

    private LayerDiffusionPipeline(ModelPackage package, PipelineOptions options, int places)
    {
        this.gate = new GenerationGate(places, typeof(LayerDiffusionPipeline));
        try
        {
            this.model = new LoadedModel(package, options);
        }
        catch
        {
            package.Dispose();
            throw;
        }

        this.logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger("LayerDiffusion.Onnx");
        this.Info = package.Describe();
        Log.Loaded(this.logger, this.Info.Name, this.Device);
    }

    /// <summary>Gets what the model package holds.</summary>
    public ModelInfo Info { get; }

    /// <summary>Gets the device that is really used.</summary>
    public Device Device => this.model.Device;

    /// <summary>Gets the names of the graphs that are in memory now.</summary>
    internal IReadOnlyCollection<string> LoadedGraphs => this.model.LoadedGraphs;

    /// <summary>Opens a model package: reads and checks it. Networks are loaded when they are first needed.</summary>
    /// <param name="path">A folder, or a zip of one.</param>
    /// <param name="options">How the pipeline runs; <see langword="null"/> for the defaults.</param>
    /// <returns>The pipeline.</returns>
    /// <exception cref="FileNotFoundException">There is no such folder or file.</exception>
    /// <exception cref="ModelFormatException">The package is damaged or incomplete; the message names the file, what was expected and what was found.</exception>
    /// <exception cref="ExecutionProviderNotAvailableException">The device asked for is not there.</exception>
    /// <exception cref="ArgumentException"><see cref="PipelineOptions.UnetPrecision"/> or <see cref="PipelineOptions.CudaGraphs"/> does not fit the device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static LayerDiffusionPipeline Load(string path, PipelineOptions? options = null) => Load(() => ModelPackage.Open(path), options, places: 1);

    /// <summary>Opens a model package on another thread.</summary>
    /// <param name="path">A folder, or a zip of one.</param>
    /// <param name="options">How the pipeline runs; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels before the package is opened.</param>
    /// <returns>The pipeline.</returns>
    /// <inheritdoc cref="Load(string, PipelineOptions?)" path="/exception"/>
    public static Task<LayerDiffusionPipeline> LoadAsync(string path, PipelineOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Load(path, options), cancellationToken);

    /// <summary>Opens a zipped model package from a stream, such as an embedded resource.</summary>
    /// <param name="zip">A stream that can seek; the pipeline owns it from now on.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How the pipeline runs; <see langword="null"/> for the defaults.</param>
    /// <returns>The pipeline.</returns>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    /// <inheritdoc cref="Load(string, PipelineOptions?)" path="/exception"/>
    public static LayerDiffusionPipeline Load(Stream zip, string name, PipelineOptions? options = null) => Load(() => ModelPackage.OpenZip(zip, name), options, places: 1);

    /// <summary>
    /// Waits for the generation that is under way and unloads every network. Callers that wait for their turn, and later calls of other
    /// methods, get an <see cref="ObjectDisposedException"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from within a progress callback of its own, on the generating thread: the generation would wait for itself.</exception>
    public void Dispose()
    {
        this.gate.RefuseOwnCallback();
        this.isDisposed = true;
        this.gate.CloseAsync().GetAwaiter().GetResult();
        this.model.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        this.gate.RefuseOwnCallback();
        this.isDisposed = true;
        await this.gate.CloseAsync().ConfigureAwait(false);
        this.model.Dispose();
    }

    /// <summary>Opens a package for so many generations at once.</summary>
    internal static LayerDiffusionPipeline Load(Func<ModelPackage> open, PipelineOptions? options, int places)
    {
        options ??= new PipelineOptions();
        options.Validate();
        return new LayerDiffusionPipeline(open(), options, places);
    }

    private GenerationOptions Resolve(RgbaImage image, string prompt, GenerationOptions? options, [CallerArgumentExpression(nameof(image))] string? imageName = null)
    {
        ArgumentNullException.ThrowIfNull(image, imageName);
        int width = options?.Width ?? image.Width;
        int height = options?.Height ?? image.Height;
        GenerationOptions resolved = this.Resolve(prompt, (options ?? new GenerationOptions()) with { Width = Checked(width, image.Width), Height = Checked(height, image.Height) });
        return resolved with { Width = width, Height = height };

        // A side of the picture's own may be smaller than what is allowed otherwise: it is enlarged for the networks and cropped back.
        static int Checked(int side, int own) => side == own ? Math.Max(side, GenerationOptions.MinimumSide) : side;
    }

    /// <summary>Fills in what the caller left open.</summary>
    private GenerationOptions Resolve(string prompt, GenerationOptions? options)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ObjectDisposedException.ThrowIf(this.isDisposed, this);
        options ??= new GenerationOptions();
        options.Validate();
        return this.Schedule(
            options with
            {
                Width = options.Width ?? this.model.Package.DefaultSize.Width,
                Height = options.Height ?? this.model.Package.DefaultSize.Height,
                Seed = options.Seed ?? Random.Shared.NextInt64(1L << 32),
            },
            options.Scheduler);
    }

    /// <summary>Completes the scheduler, and fills in the steps and the guidance that suit it.</summary>
    private GenerationOptions Schedule(GenerationOptions options, SchedulerOptions? scheduler)
    {
        SchedulerOptions complete = this.model.CompleteScheduler(scheduler);
        if (options.Guidance.DynamicThresholding is not null && (complete.Type == SchedulerType.EDMEuler || complete.Type == SchedulerType.FlowMatchEulerDiscrete))
        {
            throw new ArgumentException(
                $"{nameof(GuidanceOptions)}.{nameof(GuidanceOptions.DynamicThresholding)} is defined for variance-preserving models; the scheduler is {complete.Type}.", nameof(options));
        }

        (int steps, double guidance) = this.model.DefaultsFor(complete.Type!);
        return options with { Scheduler = complete, Steps = options.Steps ?? steps, GuidanceScale = options.GuidanceScale ?? guidance };
    }

    private static int BatchSizeOf(GenerationOptions options, bool isOneByOne)
    {
        // One generator for all pictures means one batch: its noise is drawn at once.
        bool isShared = options.BatchSeeding == BatchSeeding.Shared && !options.IsVariation && options.Count > 1;
        if (isShared && isOneByOne)
        {
            throw new ArgumentException(
                $"{nameof(BatchSeeding)}.{nameof(BatchSeeding.Shared)} draws the noise of all {options.Count} at once, and this model makes sets of layers one by one; wanted is {nameof(BatchSeeding.PerImage)}.", nameof(options));
        }

        int batch = isShared ? options.Count : isOneByOne ? 1 : options.BatchSize;
        return options.TraceFile is null || batch >= options.Count
            ? batch
            : throw new ArgumentException($"A trace holds one batch; {nameof(GenerationOptions.Count)} is {options.Count} and {nameof(GenerationOptions.BatchSize)} {batch}.", nameof(options));
    }

    private static void RequireSingle(GenerationOptions options)
    {
        if (options.Count != 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Count, $"{nameof(GenerationOptions)}.{nameof(GenerationOptions.Count)} is {options.Count}; this method makes 1; {nameof(GenerateManyAsync)} and the other methods named …ManyAsync make several.");
        }
    }

    /// <summary>Makes one and waits for it.</summary>
    private T MakeOne<T>(GenerationPlan<T> plan, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        RequireSingle(plan.Options);
        this.gate.Wait(cancellationToken);
        return this.TakeTurn(plan, plan.Options, 1, progress, cancellationToken)[0];
    }

    /// <summary>Makes one on another thread.</summary>
    private async Task<T> MakeOneAsync<T>(GenerationPlan<T> plan, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        RequireSingle(plan.Options);
        return (await this.TakeTurnAsync(plan, plan.Options, 1, progress, cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Makes as many as the options ask for, batch by batch on another thread.</summary>
    private IAsyncEnumerable<T> MakeManyAsync<T>(GenerationPlan<T> plan, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken) =>
        this.MakeBatchesAsync(plan, BatchSizeOf(plan.Options, plan.IsOneByOne), progress, cancellationToken);

    private async IAsyncEnumerable<T> MakeBatchesAsync<T>(
        GenerationPlan<T> plan, int batch, IProgress<GenerationProgress>? progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int start = 0; start < plan.Options.Count; start += batch)
        {
            int images = Math.Min(batch, plan.Options.Count - start);
            foreach (T result in await this.TakeTurnAsync(plan, plan.Options.ForImage(start), images, progress, cancellationToken).ConfigureAwait(false))
            {
                yield return result;
            }
        }
    }

    private async Task<T[]> TakeTurnAsync<T>(GenerationPlan<T> plan, GenerationOptions options, int images, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        await this.gate.WaitAsync(cancellationToken).ConfigureAwait(false);

        // A generation keeps its thread busy for seconds to minutes, which the pool should not have to make up for.
        return await Task.Factory.StartNew(
            () => this.TakeTurn(plan, options, images, progress, cancellationToken),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
    }

    /// <summary>Makes one batch; the gate has been passed and is left in the end.</summary>
    private T[] TakeTurn<T>(GenerationPlan<T> plan, GenerationOptions options, int images, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        using Activity? span = Telemetry.Source.StartActivity("generate");
        this.gate.Begin();
        try
        {
            return plan.Make(new GenerationRun(this.model, options, progress, this.logger, span, cancellationToken), images);
        }
        catch (Exception exception)
        {
            // The message of an exception may quote the prompt.
            string kind = exception.GetType().Name;
            span?.SetStatus(ActivityStatusCode.Error, kind);
            if (exception is OperationCanceledException)
            {
                Log.Cancelled(this.logger);
            }
            else
            {
                Log.Failed(this.logger, kind);
            }

            throw;
        }
        finally
        {
            // A stage that was broken off may have left networks in use.
            this.model.EndStage();
            this.gate.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Model {Model} opened for {Device}.")]
        public static partial void Loaded(ILogger logger, string model, Device device);

        [LoggerMessage(4, LogLevel.Information, "Generation cancelled.")]
        public static partial void Cancelled(ILogger logger);

        [LoggerMessage(5, LogLevel.Warning, "Generation failed with {Exception}.")]
        public static partial void Failed(ILogger logger, string exception);
    }
}
