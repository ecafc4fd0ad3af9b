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
    private readonly TextEncodingCache textCache = new();

    /// <summary>Initializes a new instance of the <see cref="LoadedModel"/> class, which then owns the package.</summary>
    /// <exception cref="ModelFormatException">A tokenizer or the scheduler's configuration is damaged.</exception>
    /// <exception cref="ExecutionProviderNotAvailableException">The device asked for is not there.</exception>
    public LoadedModel(ModelPackage package, PipelineOptions options)
    {
        this.Package = package;
        this.Device = ExecutionProviders.Resolve(options.Device);
        SessionSettings settings = new(this.Device, options.IntraOpThreads, options.AllowSpinning) { OptimizedModelCache = options.OptimizedModelCache };
        ILogger logger = (options.LoggerFactory ?? NullLoggerFactory.Instance).CreateLogger(Telemetry.Name);
        this.store = new GraphStore(settings, options.MemoryPolicy, options.MemoryBudget ?? long.MaxValue, logger);
        this.tokenizers = [.. package.TextEncoders.Select(encoder => LoadTokenizer(encoder.Tokenizer))];
        this.SchedulerOptions = ReadScheduler(package);
    }

    /// <summary>Gets the package.</summary>
    public ModelPackage Package { get; }

    /// <summary>Gets the device that is really used.</summary>
    public Device Device { get; }

    /// <summary>Gets what the model's scheduler_config.json says.</summary>
    public SchedulerOptions SchedulerOptions { get; }

    /// <summary>Gets the names of the graphs that are in memory.</summary>
    public IReadOnlyCollection<string> LoadedGraphs => this.store.Loaded;

    /// <summary>Gets a graph ready to run.</summary>
    public GraphSession Open(ModelGraph graph, CancellationToken cancellationToken) =>
        this.store.Get(
            new GraphFile(graph.FullName, graph.FilePath, graph.ReadAllBytes)
            {
                SizeInBytes = graph.SizeInBytes,
                DataFiles = graph.FilePath is null
                    ? []
                    : [.. graph.Declaration.ExternalData.Select(data => Path.Combine(Path.GetDirectoryName(graph.FilePath)!, data.Location)).Distinct()],
            },
            cancellationToken);

    /// <summary>A stage of a generation is over.</summary>
    public void EndStage() => this.store.EndStage();

    /// <summary>Makes the prompt encoder of one generation.</summary>
    public PromptEncoder CreatePromptEncoder(int clipSkip, CancellationToken cancellationToken) => new(
        [.. this.Package.TextEncoders.Select((definition, index) => new TextEncoderStage(
            this.tokenizers[index],
            new OnnxTextEncoder(definition, clipSkip, this.textCache, () => this.Open(definition.Graph, cancellationToken), cancellationToken)))]);

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
            throw new ModelFormatException(files.NameOf(files.VocabularyPath), "the files of a CLIP tokenizer", exception.Message, exception);
        }

        static MemoryStream? Open(byte[]? content) => content is null ? null : new MemoryStream(content);
    }

    private static SchedulerOptions ReadScheduler(ModelPackage package)
    {
        try
        {
            return SchedulerOptions.FromConfig(package.SchedulerConfig.Span);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidDataException)
        {
            throw new ModelFormatException("scheduler/scheduler_config.json", "a scheduler configuration of diffusers", exception.Message, exception);
        }
    }
}
