using System.Globalization;
using System.Text.Json;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Cli.Requests;

/// <summary>Reads a request: options by their names in the API, in camelCase, and files.</summary>
internal static class RequestReader
{
    // A request is written by hand or from a picture; only trained betas make it longer than a page.
    private const int LargestFile = 16 << 20;
    private const int StepsBetweenPreviews = 5;

    private static readonly JsonDocumentOptions Format = new() { AllowDuplicateProperties = false, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads a file. Its paths are relative to its folder.</summary>
    /// <exception cref="UsageException">The request is faulty; the message names file and key.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static GenerationRequest ReadFile(string path)
    {
        string file = Path.GetFullPath(path);
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"There is no request file '{path}'.", path);
        }

        if (new FileInfo(file).Length > LargestFile)
        {
            throw new UsageException($"{path}: The file has more than {LargestFile >> 20} MB; wanted a request.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file), Format);
            return Read(document.RootElement, Path.GetDirectoryName(file)!, key => $"{path}: {key}");
        }
        catch (JsonException exception)
        {
            throw new UsageException($"{path}: The file is no JSON object of a request: {exception.Message}", exception);
        }
    }

    /// <summary>Reads a request.</summary>
    /// <param name="root">The JSON.</param>
    /// <param name="folder">What paths are relative to.</param>
    /// <param name="nameOf">What the user calls a key.</param>
    /// <exception cref="UsageException">The request is faulty; the message names the key.</exception>
    public static GenerationRequest Read(JsonElement root, string folder, Func<string, string> nameOf)
    {
        RequestFields fields = new(root, nameOf);
        string? Locate(string key) => fields.Path(key) is { } path ? Path.GetFullPath(path, folder) : null;

        GenerationMode mode = ReadMode(fields);
        string? prompt = fields.Text("prompt");
        string? model = Locate("model");
        ModeInputs inputs = ModeInputs.Read(fields, Locate, prompt);
        PipelineOptions pipeline = ReadPipelineOptions(fields, folder);
        GenerationOptions options = ReadOptions(fields);
        string output = Locate("out") ?? Path.GetFullPath("out" + mode.Extension, folder);
        string? traceFile = ReadTraceFile(Locate("trace"), Locate("traceFile"), output, nameOf);
        GenerationRequest request = new()
        {
            Mode = mode,
            Prompt = prompt ?? string.Empty,
            Inputs = inputs,
            Model = model,
            Pipeline = pipeline,
            Options = options with { TraceFile = traceFile },
            Out = output,
            Premultiplied = Locate("premultiplied"),
            Padded = Locate("padded"),
            Checkerboard = Locate("checkerboard"),
            Previews = Locate("previews"),
            Metadata = fields.Flag("metadata") ?? true,
            NameOf = nameOf,
        };
        fields.RefuseOthers();
        if (mode.OnlyKeys is { } known && fields.Keys.FirstOrDefault(key => !known.Contains(key)) is { } useless)
        {
            throw new UsageException($"{nameOf(useless)} means nothing to {mode.Name}.");
        }

        return Check(request, hasPrompt: prompt is not null);
    }

    private static GenerationRequest Check(GenerationRequest request, bool hasPrompt)
    {
        if (!hasPrompt && request.Mode.NeedsPrompt)
        {
            throw new UsageException($"{request.NameOf("prompt")} is missing.");
        }

        request.Inputs.Check(request.Mode, request.NameOf);
        if (!request.Mode.IsTransparent && (request.Premultiplied ?? request.Padded) is not null)
        {
            string key = request.Premultiplied is null ? "padded" : "premultiplied";
            throw new UsageException($"{request.NameOf(key)} needs a transparent picture; {request.Mode.Name} makes another kind.");
        }

        if (request.Previews is null)
        {
            return request.Options.PreviewInterval == 0 ? request : throw new UsageException($"{request.NameOf("previewInterval")} needs previews, the folder to write them to.");
        }

        return request.Options.PreviewInterval != 0 ? request : request with { Options = request.Options with { PreviewInterval = StepsBetweenPreviews } };
    }

    private static string? ReadTraceFile(string? folder, string? file, string output, Func<string, string> nameOf)
    {
        if (folder is not null && file is not null)
        {
            throw new UsageException($"{nameOf("trace")} and {nameOf("traceFile")} are both there; wanted one of them.");
        }

        return folder is null ? file : Path.Combine(folder, Path.GetFileNameWithoutExtension(output) + ".safetensors");
    }

    private static GenerationMode ReadMode(RequestFields fields)
    {
        string name = fields.Text("mode") ?? GenerationMode.All[0].Name;
        return GenerationMode.All.FirstOrDefault(mode => mode.Name == name)
            ?? throw fields.Wrong("mode", name, $"one of {string.Join(", ", GenerationMode.All.Select(mode => mode.Name))}");
    }

    private static PipelineOptions ReadPipelineOptions(RequestFields fields, string folder)
    {
        PipelineOptions defaults = new();
        return new PipelineOptions
        {
            Device = ReadText(fields, "device", Device.Parse, defaults.Device),
            MemoryPolicy = fields.Word<MemoryPolicy>("memoryPolicy") ?? defaults.MemoryPolicy,
            IntraOpThreads = fields.Integer("intraOpThreads") ?? defaults.IntraOpThreads,
            AllowSpinning = fields.Flag("allowSpinning") ?? defaults.AllowSpinning,
            OptimizeLayout = fields.Flag("optimizeLayout") ?? defaults.OptimizeLayout,
            FuseAttention = fields.Flag("fuseAttention") ?? defaults.FuseAttention,
            UnetPrecision = fields.Word<UnetPrecision>("unetPrecision") ?? defaults.UnetPrecision,
            CudaGraphs = fields.Flag("cudaGraphs") ?? defaults.CudaGraphs,
            MemoryBudget = fields.Long("memoryBudget"),
            OptimizedModelCache = fields.Path("optimizedModelCache") is { } cache ? Path.GetFullPath(cache, folder) : null,
            TextualInversions = fields.Paths("textualInversions") is { Count: > 0 } paths
                ? [.. paths.Select(path => TextualInversion.Load(Path.GetFullPath(path, folder)))]
                : defaults.TextualInversions,
        };
    }

    private static GenerationOptions ReadOptions(RequestFields fields)
    {
        GenerationOptions defaults = new();
        return new GenerationOptions
        {
            NegativePrompt = fields.Text("negativePrompt"),
            Width = fields.Integer("width"),
            Height = fields.Integer("height"),
            Steps = fields.Integer("steps"),
            GuidanceScale = fields.Number("guidanceScale"),
            Guidance = ReadGuidance(fields.Object("guidance")),
            Seed = fields.Long("seed"),
            Scheduler = ReadScheduler(fields),
            Prompting = ReadPrompting(fields.Object("prompting")),
            ClipSkip = fields.Integer("clipSkip") ?? defaults.ClipSkip,
            Strength = fields.Number("strength"),
            ImageFit = fields.Word<ImageFit>("imageFit") ?? defaults.ImageFit,
            ResampleInLinearLight = fields.Flag("resampleInLinearLight") ?? defaults.ResampleInLinearLight,
            OffsetGain = fields.Number("offsetGain"),
            SoftMask = fields.Flag("softMask") ?? defaults.SoftMask,
            KeepUnmasked = fields.Flag("keepUnmasked") ?? defaults.KeepUnmasked,
            EndConditioningAt = fields.Number("endConditioningAt"),
            Count = fields.Integer("count") ?? defaults.Count,
            BatchSize = fields.Integer("batchSize") ?? defaults.BatchSize,
            BatchSeeding = fields.Word<BatchSeeding>("batchSeeding") ?? defaults.BatchSeeding,
            AlphaAugmentation = fields.Word<AlphaAugmentation>("alphaAugmentation") ?? defaults.AlphaAugmentation,
            TileSize = fields.Integer("tileSize") ?? defaults.TileSize,
            TileOverlap = fields.Integer("tileOverlap") ?? defaults.TileOverlap,
            NoiseGenerator = fields.Word<NoiseGenerator>("noiseGenerator") ?? defaults.NoiseGenerator,
            VariationSeed = fields.Long("variationSeed"),
            VariationStrength = fields.Number("variationStrength") ?? defaults.VariationStrength,
            PreviewInterval = fields.Integer("previewInterval") ?? defaults.PreviewInterval,
        };
    }

    private static SchedulerOptions? ReadScheduler(RequestFields fields)
    {
        const string Key = "scheduler";
        if (fields.Any(Key) is not { ValueKind: JsonValueKind.Object } config)
        {
            return ReadText<SchedulerOptions?>(fields, Key, SchedulerOptions.Parse, null);
        }

        try
        {
            return SchedulerOptions.FromConfig(config);
        }
        catch (FormatException exception)
        {
            throw fields.Faulty(Key, exception.Message);
        }
    }

    private static PromptOptions ReadPrompting(RequestFields? fields)
    {
        PromptOptions defaults = PromptOptions.Diffusers;
        if (fields is null)
        {
            return defaults;
        }

        PromptOptions options = defaults with
        {
            Syntax = fields.Word<PromptSyntax>("syntax") ?? defaults.Syntax,
            LongPrompts = fields.Word<LongPrompts>("longPrompts") ?? defaults.LongPrompts,
        };
        if (fields.Integer("commaBacktrack") is { } tokens)
        {
            try
            {
                options = options with { CommaBacktrack = tokens };
            }
            catch (ArgumentOutOfRangeException)
            {
                throw fields.Wrong("commaBacktrack", tokens.ToString(CultureInfo.InvariantCulture), "from 0 to 75");
            }
        }

        fields.RefuseOthers();
        return options;
    }

    private static GuidanceOptions ReadGuidance(RequestFields? fields)
    {
        GuidanceOptions defaults = GuidanceOptions.Default;
        if (fields is null)
        {
            return defaults;
        }

        GuidanceOptions options = new()
        {
            Rescale = fields.Number("rescale") ?? defaults.Rescale,
            IntervalLow = fields.Number("intervalLow") ?? defaults.IntervalLow,
            IntervalHigh = fields.Number("intervalHigh") ?? defaults.IntervalHigh,
            PerpendicularNegative = fields.Number("perpendicularNegative"),
            DynamicThresholding = ReadThresholding(fields.Object("dynamicThresholding")),
        };
        fields.RefuseOthers();
        return options;
    }

    private static DynamicThresholding? ReadThresholding(RequestFields? fields)
    {
        if (fields is null)
        {
            return null;
        }

        DynamicThresholding defaults = new();
        DynamicThresholding options = new()
        {
            Percentile = fields.Number("percentile") ?? defaults.Percentile,
            Limit = fields.Number("limit") ?? defaults.Limit,
        };
        fields.RefuseOthers();
        return options;
    }

    private static T ReadText<T>(RequestFields fields, string key, Func<string, T> parse, T missing)
    {
        if (fields.Text(key) is not { } text)
        {
            return missing;
        }

        try
        {
            return parse(text);
        }
        catch (FormatException exception)
        {
            throw fields.Faulty(key, exception.Message);
        }
    }
}
