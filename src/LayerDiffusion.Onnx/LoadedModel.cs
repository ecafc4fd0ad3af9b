using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LayerDiffusion.Onnx;

/// <summary>A model package with what is kept of it between generations.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly GraphStore store;
    private readonly ClipTokenizer[] tokenizers;
    private readonly TextualInversionTable?[] textualInversions;
    private readonly TextEncodingCache textCache = new();
    private readonly SchedulerOptions config;
    private readonly string? unknownClass;
    private readonly bool useIntegers;
    private readonly bool fusesAttention;
    private readonly bool captures;

    /// <summary>Initializes a new instance of the <see cref="LoadedModel"/> class, which then owns the package.</summary>
    /// <exception cref="ModelFormatException">A tokenizer or the scheduler's configuration is damaged.</exception>
    /// <exception cref="ExecutionProviderNotAvailableException">The device asked for is not there.</exception>
    /// <exception cref="NotSupportedException">Textual inversions are given and a text encoder cannot take them.</exception>
    /// <exception cref="ArgumentException">An option does not fit the device.</exception>
    public LoadedModel(ModelPackage package, PipelineOptions options)
    {
        this.Package = package;
        this.Device = ExecutionProviders.Resolve(options.Device);
        this.useIntegers = options.UnetPrecision == UnetPrecision.EightBit;
        if (this.useIntegers && this.Device.Type != DeviceType.Cpu)
        {
            throw new ArgumentException(
                $"{nameof(PipelineOptions)}.{nameof(PipelineOptions.UnetPrecision)} is {UnetPrecision.EightBit}, which is for {Device.Cpu}; {nameof(PipelineOptions.Device)} is {options.Device} and stands for {this.Device}.",
                nameof(options));
        }

        this.fusesAttention = options.FuseAttention;
        this.captures = options.CudaGraphs || options.FixedBuffers;
        if (options.CudaGraphs && this.Device.Type != DeviceType.Cuda)
        {
            throw new ArgumentException(
                $"{nameof(PipelineOptions)}.{nameof(PipelineOptions.CudaGraphs)} is true, which is for {Device.Cuda()}; {nameof(PipelineOptions.Device)} is {options.Device} and stands for {this.Device}.",
                nameof(options));
        }

        SessionSettings settings = new(this.Device, options.IntraOpThreads, options.AllowSpinning)
        {
            OptimizeLayout = options.OptimizeLayout,
            OptimizedModelCache = options.OptimizedModelCache,
            SharedWeights = options.MemoryBudget is null ? new SharedWeights() : null,
        };
        this.StaysOnDevice = (options.StayOnDevice ?? ExecutionProviders.HasOwnMemory(this.Device)) && options is { MemoryPolicy: MemoryPolicy.KeepAll, MemoryBudget: null };
        ILogger logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger(Telemetry.Name);
        this.store = new GraphStore(settings, options.MemoryPolicy, options.MemoryBudget ?? long.MaxValue, logger);
        this.tokenizers = [.. package.TextEncoders.Select(encoder => LoadTokenizer(encoder.Tokenizer).WithTextualInversions(options.TextualInversions))];
        this.textualInversions = [.. package.TextEncoders.Select((encoder, index) => TableOf(encoder.Graph, this.tokenizers[index]))];
        this.config = ReadScheduler(package, out this.unknownClass);
    }

    /// <summary>Gets the package.</summary>
    public ModelPackage Package { get; }

    /// <summary>Gets the device that is really used.</summary>
    public Device Device { get; }

    /// <summary>Gets the names of the graphs that are in memory.</summary>
    public IReadOnlyCollection<string> LoadedGraphs => this.store.Loaded;

    /// <summary>Gets a value indicating whether pictures stay in the device's memory between two networks, which must then stay loaded.</summary>
    public bool StaysOnDevice { get; }

    /// <summary>Completes a scheduler: what it leaves open, or all of it, comes from the manifest and from the model's scheduler_config.json.</summary>
    /// <param name="wanted">What the caller chose, if anything.</param>
    /// <exception cref="ModelFormatException">The choice is the model's, and it chooses none that is known here.</exception>
    /// <exception cref="ArgumentException">The choice does not fit the model or contradicts itself.</exception>
    public SchedulerOptions CompleteScheduler(SchedulerOptions? wanted)
    {
        SchedulerOptions? chosen = wanted ?? this.Recommended();
        if (chosen is null)
        {
            throw new ModelFormatException(this.Package.NameOf(ManifestReader.FileName), "the name of a scheduler in 'defaults'", $"'{this.Package.Defaults.Scheduler}'");
        }

        chosen = chosen.Over(this.config);
        return chosen.Type is not null
            ? Scheduler.Create(chosen).Options
            : throw new ModelFormatException(
                this.Package.NameOf(ModelPackageReader.SchedulerFileName),
                $"a class among {string.Join(", ", SchedulerType.All.Select(type => type.ClassName))}; or choose a scheduler by {nameof(GenerationOptions)}.{nameof(GenerationOptions.Scheduler)}",
                this.unknownClass is null ? "no '_class_name'" : $"'{this.unknownClass}'");
    }

    /// <summary>The steps and the guidance that suit a scheduler: the manifest's, unless it speaks of few-step schedulers and this is none, or the other way round.</summary>
    public (int Steps, double Guidance) DefaultsFor(SchedulerType scheduler)
    {
        bool isMeant = scheduler.IsFewStep == ((this.Recommended()?.Type ?? this.config.Type)?.IsFewStep ?? false);
        ModelDefaults defaults = isMeant ? this.Package.Defaults : new ModelDefaults(null, null, null);
        return (defaults.Steps ?? (scheduler.IsFewStep ? 4 : 25), defaults.Guidance ?? (scheduler.IsFewStep ? 1 : 7));
    }

    /// <summary>Gets a graph ready to run.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime does not accept the graph.</exception>
    public GraphSession Open(ModelGraph graph, CancellationToken cancellationToken)
    {
        try
        {
            return this.store.Get(this.FileOf(graph), cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            string wanted = this.captures && this.IsUnet(graph)
                ? $"a graph that ONNX Runtime can capture as a CUDA graph, or {nameof(PipelineOptions)}.{nameof(PipelineOptions.CudaGraphs)} to be false"
                : "a graph that ONNX Runtime can load";
            throw new ModelFormatException(graph.FullName, wanted, exception.InnerException?.Message ?? exception.Message, exception);
        }
    }

    /// <summary>Gets a graph that the library itself wrote.</summary>
    public GraphSession Open(GraphFile graph, CancellationToken cancellationToken) => this.store.Get(graph, cancellationToken);

    /// <summary>A stage of a generation is over.</summary>
    public void EndStage() => this.store.EndStage();

    /// <summary>Makes the prompt encoder of one generation.</summary>
    public PromptEncoder CreatePromptEncoder(int clipSkip, CancellationToken cancellationToken) => new(
        [.. this.Package.TextEncoders.Select((definition, index) => new TextEncoderStage(
            this.tokenizers[index],
            new OnnxTextEncoder(definition, clipSkip, this.textCache, () => this.Open(definition.Graph, cancellationToken), cancellationToken),
            this.textualInversions[index]))]);

    /// <summary>Finds a UNet by its mode.</summary>
    /// <exception cref="ModeNotSupportedException">The package lacks it.</exception>
    public UnetDefinition FindUnet(string mode) =>
        this.Package.Unets.TryGetValue(mode, out UnetDefinition? unet)
            ? unet
            : throw new ModeNotSupportedException(mode, this.Package.Name, this.Package.Unets.Keys);

    /// <summary>Finds the networks of latent transparency.</summary>
    /// <exception cref="ModeNotSupportedException">The package is an ordinary one.</exception>
    public TransparencyDefinition FindTransparency() =>
        this.Package.Transparency ?? throw new ModeNotSupportedException("transparency_decoder", this.Package.Name, this.Package.Unets.Keys);

    /// <inheritdoc/>
    public void Dispose()
    {
        this.store.Dispose();
        this.Package.Dispose();
    }

    private static TextualInversionTable? TableOf(ModelGraph graph, ClipTokenizer tokenizer)
    {
        if (tokenizer.TextualInversions.Count == 0)
        {
            return null;
        }

        return graph.FindInput(OnnxTextEncoder.TextualInversionInput)?.FixedExtent(1) is { } width
            ? TextualInversionTable.Create(tokenizer, (int)width)
            : throw new NotSupportedException(
                $"'{graph.FullName}' has no input '{OnnxTextEncoder.TextualInversionInput}' [K,width] to take the vectors of textual inversions; export the text encoder with it, or load the pipeline without them.");
    }

    private bool IsUnet(ModelGraph graph) => this.Package.Unets.Values.Any(unet => ReferenceEquals(unet.Graph, graph));

    private GraphFile FileOf(ModelGraph graph) => new(graph.FullName, graph.FilePath, graph.ReadAllBytes)
    {
        SizeInBytes = graph.SizeInBytes,
        SharesWeights = this.Package.Unets.Count > 1 && this.IsUnet(graph),
        FuseAttention = this.fusesAttention && !this.Package.TextEncoders.Any(encoder => ReferenceEquals(encoder.Graph, graph)),
        IsCaptured = this.captures && this.IsUnet(graph),
        UseIntegers = this.useIntegers && this.IsUnet(graph),
        DataFiles = graph.FilePath is null
            ? []
            : [.. graph.Declaration.ExternalData.Select(data => Path.Combine(Path.GetDirectoryName(graph.FilePath)!, data.Location)).Distinct()],
    };

    private static ClipTokenizer LoadTokenizer(TokenizerFiles files)
    {
        try
        {
            using Stream? specialTokens = Open(files.ReadSpecialTokensMap());
            using Stream? config = Open(files.ReadTokenizerConfig());
            using MemoryStream vocabulary = new(files.ReadVocabulary());
            using MemoryStream merges = new(files.ReadMerges());
            return ClipTokenizer.Create(vocabulary, merges, ClipTokenizerOptions.Read(specialTokens, config));
        }
        catch (InvalidDataException exception)
        {
            throw new ModelFormatException(files.NameOf(files.Folder), "the files of a CLIP tokenizer", exception.Message, exception);
        }

        static MemoryStream? Open(byte[]? content) => content is null ? null : new MemoryStream(content);
    }

    private static SchedulerOptions ReadScheduler(ModelPackage package, out string? unknownClass)
    {
        try
        {
            SchedulerOptions options = SchedulerOptions.FromModelConfig(package.SchedulerConfig.Span, out unknownClass);
            options.Validate();
            return options;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw new ModelFormatException(package.NameOf(ModelPackageReader.SchedulerFileName), "a scheduler configuration of diffusers", exception.Message, exception);
        }
    }

    // Null where the manifest names a scheduler that is unknown here; empty where it names none.
    private SchedulerOptions? Recommended() => this.Package.Defaults.Scheduler is not { } name
        ? new SchedulerOptions()
        : SchedulerOptions.TryParse(name, out SchedulerOptions? options) ? options : null;
}
