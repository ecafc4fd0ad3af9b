using System.Runtime.CompilerServices;
using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Cli.Generation;

/// <summary>A method of the pipeline that a request can name.</summary>
/// <param name="Name">Its name in the API, in camelCase.</param>
/// <param name="Unet">The UNet that it uses, by which pictures tell how they were made.</param>
/// <param name="IsTransparent">Whether its pictures have alpha.</param>
/// <param name="Generate">Makes the pictures of a request, with these options.</param>
internal sealed record GenerationMode(
    string Name,
    string Unet,
    bool IsTransparent,
    Func<LayerDiffusionPipeline, GenerationRequest, IProgress<GenerationProgress>, CancellationToken, IAsyncEnumerable<GenerationResult>> Generate)
{
    /// <summary>Gets all modes; the first is the default.</summary>
    public static IReadOnlyList<GenerationMode> All { get; } =
    [
        new(
            "generateTransparent",
            "transparent",
            IsTransparent: true,
            (pipeline, request, progress, cancellationToken) => pipeline.GenerateManyAsync(request.Prompt, request.Options, progress, cancellationToken)),
        new("generateImage", "base", IsTransparent: false, GenerateImages),
    ];

    private static async IAsyncEnumerable<GenerationResult> GenerateImages(
        LayerDiffusionPipeline pipeline, GenerationRequest request, IProgress<GenerationProgress> progress, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GenerationOptions options = request.Options;
        bool takesTogether = options.TraceFile is not null || options.BatchSeeding == BatchSeeding.Shared;
        if (options.Count < 1 || (options.Count > 1 && takesTogether))
        {
            throw new UsageException(
                $"{request.NameOf("count")} is {options.Count}; wanted is 1 or more, and 1 with a trace or with shared seeding, as opaque pictures are made one by one.");
        }

        long? seed = options.Seed;
        for (int index = 0; index < options.Count; index++)
        {
            ImageResult result = await pipeline.GenerateImageAsync(request.Prompt, options with { Count = 1, Seed = seed }, progress, cancellationToken).ConfigureAwait(false);
            seed = unchecked(result.Seed + 1);
            yield return result;
        }
    }
}
