namespace LayerDiffusion.Onnx.Models.Tiny;

/// <summary>
/// The embedded model: 128×128 pictures with transparency of 32 game-like subjects. A prompt is a subject, optionally with a colour
/// (<c>blue rocket</c>) or <c>glass</c> (<c>glass fox</c>) before it; <c>a …</c>, <c>… icon</c> and <c>…, high quality</c> work too.
/// </summary>
public static class TinyModel
{
    private const string ResourceName = "tiny.zip";

    /// <summary>Gets the subjects the model knows well. Other prompts give blends of them.</summary>
    public static IReadOnlyList<string> Subjects { get; } =
    [
        "fox", "cat face", "panda", "frog", "owl", "penguin", "octopus", "butterfly",
        "mushroom", "cactus", "rose", "sunflower", "banana", "strawberry", "watermelon", "cupcake",
        "doughnut", "key", "crown", "gem stone", "bomb", "shield", "coin", "trophy",
        "bell", "balloon", "rocket", "star", "ghost", "skull", "castle", "fire",
    ];

    /// <summary>Gets the colours that may stand before a subject.</summary>
    public static IReadOnlyList<string> Colors { get; } = ["red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink"];

    /// <summary>Gets the subjects the model also knows as translucent glass, with the word <c>glass</c> before them.</summary>
    public static IReadOnlyList<string> GlassSubjects { get; } =
    [
        "bell", "butterfly", "castle", "cat face", "crown", "fox", "frog",
        "gem stone", "ghost", "key", "mushroom", "octopus", "owl", "panda",
        "penguin", "rocket", "rose", "shield", "skull", "star", "trophy",
    ];

    /// <summary>Opens the embedded model.</summary>
    /// <param name="options">How the pipeline runs; <see langword="null"/> for the defaults.</param>
    /// <returns>The pipeline.</returns>
    /// <exception cref="Runtime.ExecutionProviderNotAvailableException">The device asked for is not there, or no native ONNX Runtime is beside the application.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static LayerDiffusionPipeline LoadPipeline(PipelineOptions? options = null) => LayerDiffusionPipeline.Load(OpenPackage(), "embedded tiny model", options);

    /// <summary>Opens the model package, a zip. The stream reads the assembly's own memory; nothing is copied.</summary>
    internal static Stream OpenPackage() =>
        typeof(TinyModel).Assembly.GetManifestResourceStream(ResourceName)
        ?? throw new InvalidOperationException($"The assembly was built without its resource '{ResourceName}'.");
}
