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
    /// <exception cref="ArgumentException"><see cref="PipelineOptions.UnetPrecision"/> does not fit the device.</exception>
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
    /// <remarks>Not from within a progress callback: the generation would wait for itself.</remarks>
    public void Dispose()
    {
        this.isDisposed = true;
        this.gate.CloseAsync().GetAwaiter().GetResult();
        this.model.Dispose();
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
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

    private static void RequireSingle(GenerationOptions? options)
    {
        if (options is { Count: not 1 })
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Count, $"{nameof(GenerationOptions)}.{nameof(GenerationOptions.Count)} is {options.Count}; this method makes 1 picture, {nameof(GenerateManyAsync)} makes several.");
        }
    }

    private GenerationOptions ResolveSingle(string prompt, GenerationOptions? options)
    {
        RequireSingle(options);
        return this.Resolve(prompt, options);
    }

    private GenerationOptions ResolveSingle(RgbaImage image, string prompt, GenerationOptions? options, [CallerArgumentExpression(nameof(image))] string? imageName = null)
    {
        RequireSingle(options);
        return this.Resolve(image, prompt, options, imageName);
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
        SchedulerOptions scheduler = this.model.CompleteScheduler(options.Scheduler);
        (int steps, double guidance) = this.model.DefaultsFor(scheduler.Type!);
        return options with
        {
            Width = options.Width ?? this.model.Package.DefaultSize.Width,
            Height = options.Height ?? this.model.Package.DefaultSize.Height,
            Steps = options.Steps ?? steps,
            GuidanceScale = options.GuidanceScale ?? guidance,
            Seed = options.Seed ?? Random.Shared.NextInt64(1L << 32),
            Scheduler = scheduler,
        };
    }

    private T[] Run<T>(GenerationOptions options, IProgress<GenerationProgress>? progress, Func<GenerationJob, T[]> generate, CancellationToken cancellationToken)
        where T : GenerationResult => this.RunAlone(span => this.Generate(options, progress, generate, span, cancellationToken), cancellationToken);

    private async Task<T[]> RunAsync<T>(GenerationOptions options, IProgress<GenerationProgress>? progress, Func<GenerationJob, T[]> generate, CancellationToken cancellationToken)
        where T : GenerationResult
    {
        await this.gate.WaitAsync(cancellationToken).ConfigureAwait(false);

        // A generation keeps its thread busy for seconds to minutes, which the pool should not have to make up for.
        return await Task.Factory.StartNew(
            () => this.RunInside(span => this.Generate(options, progress, generate, span, cancellationToken)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
    }

    private T RunAlone<T>(Func<Activity?, T> run, CancellationToken cancellationToken)
    {
        this.gate.Wait(cancellationToken);
        return this.RunInside(run);
    }

    private T[] Generate<T>(
        GenerationOptions options, IProgress<GenerationProgress>? progress, Func<GenerationJob, T[]> generate, Activity? span, CancellationToken cancellationToken)
        where T : GenerationResult
    {
        long begin = Telemetry.Begin(Telemetry.GenerationDuration);
        T[] results = generate(new GenerationJob(this.model, options, progress, cancellationToken));
        Log.Generated(this.logger, results.Length, results[0].Mode, results[0].Timings.Total.TotalSeconds);
        Log.Prompt(this.logger, results[0].Prompt, results[0].Seed);
        span?.SetTag("layerdiffusion.mode", results[0].Mode).SetTag("layerdiffusion.device", this.Device.ToString());
        Telemetry.End(Telemetry.GenerationDuration, begin, new("mode", results[0].Mode));
        return results;
    }

    private T RunInside<T>(Func<Activity?, T> run)
    {
        using Activity? span = Telemetry.Source.StartActivity("generate");
        try
        {
            return run(span);
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

    private async IAsyncEnumerable<T> RunManyAsync<T>(
        GenerationOptions options, IProgress<GenerationProgress>? progress, Func<GenerationJob, int, T[]> generate, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : GenerationResult
    {
        // One generator for all pictures means one batch: its noise is drawn at once.
        int batch = options.BatchSeeding == BatchSeeding.Shared && !options.IsVariation ? options.Count : options.BatchSize;
        if (options.TraceFile is not null && batch < options.Count)
        {
            throw new ArgumentException($"A trace holds one batch; {nameof(GenerationOptions.Count)} is {options.Count} and {nameof(GenerationOptions.BatchSize)} {batch}.", nameof(options));
        }

        for (int start = 0; start < options.Count; start += batch)
        {
            int images = Math.Min(batch, options.Count - start);
            GenerationOptions part = options.ForImage(start);
            foreach (T result in await this.RunAsync(part, progress, job => generate(job, images), cancellationToken).ConfigureAwait(false))
            {
                yield return result;
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Model {Model} opened for {Device}.")]
        public static partial void Loaded(ILogger logger, string model, Device device);

        [LoggerMessage(2, LogLevel.Information, "{Count} picture(s) generated by mode {Mode} in {Seconds:F2} s.")]
        public static partial void Generated(ILogger logger, int count, string mode, double seconds);

        [LoggerMessage(3, LogLevel.Trace, "Prompt '{Prompt}', seed {Seed}.")]
        public static partial void Prompt(ILogger logger, string prompt, long seed);

        [LoggerMessage(4, LogLevel.Information, "Generation cancelled.")]
        public static partial void Cancelled(ILogger logger);

        [LoggerMessage(5, LogLevel.Warning, "Generation failed with {Exception}.")]
        public static partial void Failed(ILogger logger, string exception);
    }
}
