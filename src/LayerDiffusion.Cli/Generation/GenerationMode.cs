namespace LayerDiffusion.Cli.Generation;

/// <summary>A method of the pipeline that a request can name.</summary>
/// <param name="Name">Its name in the API, in camelCase.</param>
/// <param name="Generate">Makes the pictures of a request; each time as many as there are <see cref="Parts"/>.</param>
internal sealed record GenerationMode(string Name, Func<GenerationCall, IAsyncEnumerable<IReadOnlyList<MadePicture>>> Generate)
{
    private static readonly string[] LayerParts = ["foreground", "background", "blended"];

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

    /// <summary>Gets a value indicating whether it is one generation, of which a trace and previews can tell.</summary>
    public bool IsOneGeneration => this.Parts.Count == 1 && !this.Needs.Contains("stack");
}
