using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Generation;

/// <summary>A picture to write.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Result">The generation that made it; <see langword="null"/> if it was given or put together of several.</param>
internal sealed record MadePicture(RgbaImage Image, GenerationResult? Result)
{
    /// <summary>The picture of a generation.</summary>
    public static IReadOnlyList<MadePicture> Of(GenerationResult result) => [new MadePicture(result.Image, result)];

    /// <summary>Foreground, background and blend, as made or fitted to each other.</summary>
    public static IReadOnlyList<MadePicture> Of(LayersResult layers, bool recompose)
    {
        return recompose
            ? [Of(layers.Foreground, layers.Recomposition.Foreground), Of(layers.Background, layers.Recomposition.Background), Of(layers.Blended, layers.Recomposition.Composite)]
            : [Of(layers.Foreground, layers.Foreground), Of(layers.Background, layers.Background), Of(layers.Blended, layers.Blended)];

        MadePicture Of(RgbaImage made, RgbaImage delivered) => new(delivered, layers.Parts.FirstOrDefault(part => ReferenceEquals(part.Image, made)));
    }
}
