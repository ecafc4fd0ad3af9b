namespace LayerDiffusion.Cli.Generation;

/// <summary>A method of the pipeline that a request can name.</summary>
/// <param name="Name">Its name in the API, in camelCase.</param>
/// <param name="Generate">Makes what a request asks for; each time as many as there are <see cref="Parts"/>.</param>
internal sealed record GenerationMode(string Name, Func<GenerationCall, IAsyncEnumerable<IReadOnlyList<Made>>> Generate)
{
    private static readonly string[] LayerParts = ["foreground", "background", "blended"];

    private static readonly string[] CodecKeys =
        ["mode", "model", "out", "trace", "traceFile", "device", "memoryPolicy", "memoryBudget", "intraOpThreads", "allowSpinning", "optimizeLayout", "fuseAttention", "unetPrecision", "cudaGraphs", "optimizedModelCache"];

    /// <summary>Gets all modes; the first is the default.</summary>
    public static IReadOnlyList<GenerationMode> All { get; } =
    [
        new("generateTransparent", PipelineMethods.GenerateTransparent) { Unet = "transparent", IsTransparent = true, Takes = ["image"] },
        new("generateImage", PipelineMethods.GenerateImage) { Unet = "base", Takes = ["image"] },
        new("inpaint", PipelineMethods.Inpaint) { IsTransparent = true, Needs = ["image", "mask"] },
        new("outpaint", PipelineMethods.Outpaint) { IsTransparent = true, Needs = ["image"], Takes = ["left", "top", "right", "bottom"] },
        new("blendForeground", PipelineMethods.BlendForeground) { Needs = ["foreground"] },
        new("blendBackground", PipelineMethods.BlendBackground) { Needs = ["background"] },
        new("extractForeground", PipelineMethods.ExtractForeground) { IsTransparent = true, Needs = ["background", "blended"] },
        new("extractBackground", PipelineMethods.ExtractBackground) { Needs = ["foreground", "blended"] },
        new("generateLayers", PipelineMethods.GenerateLayers) { NeedsPrompt = false, Takes = ["prompts", "recompose"], Parts = LayerParts },
        new("generateBackground", PipelineMethods.GenerateBackground) { NeedsPrompt = false, Needs = ["foreground"], Takes = ["prompts", "recompose"], Parts = LayerParts },
        new("generateForeground", PipelineMethods.GenerateForeground) { NeedsPrompt = false, Needs = ["background"], Takes = ["prompts", "recompose"], Parts = LayerParts },
        new("addLayer", PipelineMethods.AddLayer) { Needs = ["stack"] },
        new("redrawLayer", PipelineMethods.RedrawLayer) { NeedsPrompt = false, Needs = ["stack"], Takes = ["layer"] },
        new("encodeTransparent", PipelineMethods.EncodeTransparent)
        {
            NeedsPrompt = false,
            Needs = ["image"],
            OnlyKeys = [.. CodecKeys, "image", "width", "height", "imageFit", "resampleInLinearLight", "offsetGain", "tileSize", "tileOverlap"],
            Extension = ".safetensors",
        },
        new("decodeTransparent", PipelineMethods.DecodeTransparent)
        {
            NeedsPrompt = false,
            IsTransparent = true,
            Needs = ["latent"],
            OnlyKeys = [.. CodecKeys, "latent", "alphaAugmentation", "tileSize", "tileOverlap", "premultiplied", "padded", "checkerboard"],
        },
    ];

    /// <summary>Gets the UNet of a mode that works on a prompt alone, by which pictures tell how they were made.</summary>
    public string? Unet { get; init; }

    /// <summary>Gets a value indicating whether it makes one picture with alpha.</summary>
    public bool IsTransparent { get; init; }

    /// <summary>Gets a value indicating whether a prompt must be there.</summary>
    public bool NeedsPrompt { get; init; } = true;

    /// <summary>Gets the keys of what it works on.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    /// <summary>Gets the keys of what it works on, if they are there.</summary>
    public IReadOnlyList<string> Takes { get; init; } = [];

    /// <summary>Gets what the files of one generation have at the end of their names; a single empty text for one picture.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [string.Empty];

    /// <summary>Gets the only keys of a request that mean something to it; <see langword="null"/> where all options of a generation do.</summary>
    public IReadOnlyList<string>? OnlyKeys { get; init; }

    /// <summary>Gets the end of the name of a file that the user does not name.</summary>
    public string Extension { get; init; } = ".png";

    /// <summary>Gets a value indicating whether it may run several modes of a model one after the other.</summary>
    public bool MayTakeSteps => this.Parts.Count > 1 || this.Needs.Contains("stack");
}
