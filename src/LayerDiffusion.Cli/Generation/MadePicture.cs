using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Generation;

/// <summary>A picture to write.</summary>
/// <param name="Image">The picture, straight alpha.</param>
/// <param name="Result">The generation that made it, which its file tells; <see langword="null"/> if it was given or put together of several.</param>
internal sealed record MadePicture(RgbaImage Image, GenerationResult? Result) : Made(Result is null ? [] : [Result])
{
    /// <summary>The picture of a generation.</summary>
    public static IReadOnlyList<Made> Of(GenerationResult result) => [new MadePicture(result.Image, result)];

    /// <summary>The picture of a whole stack.</summary>
    public static IReadOnlyList<Made> Of(LayerStackResult result) => [new MadePicture(result.Stack.Flatten(), null) { Generations = result.Parts }];

    /// <summary>Foreground, background and blend, as made or fitted to each other.</summary>
    public static IReadOnlyList<Made> Of(LayersResult layers, bool recompose)
    {
        return recompose
            ? [Of(layers.Foreground, layers.Recomposition.Foreground), Of(layers.Background, layers.Recomposition.Background), Of(layers.Blended, layers.Recomposition.Composite)]
            : [Of(layers.Foreground, layers.Foreground), Of(layers.Background, layers.Background), Of(layers.Blended, layers.Blended)];

        MadePicture Of(RgbaImage made, RgbaImage delivered) => new(delivered, layers.Parts.FirstOrDefault(part => ReferenceEquals(part.Image, made)));
    }

    /// <inheritdoc/>
    public override void Write(PictureFiles files, GenerationRequest request)
    {
        PngOptions png = PngOptions.Default;
        if (request.Metadata && this.Result is not null)
        {
            png = png with { Metadata = RequestMetadata.Describe(this.Result, request).AddTo(png.Metadata) };
        }

        this.Image.SavePng(files.Straight, png);
        Save(files.Checkerboard, image => image.ToCheckerboardPreview());
        Save(files.Premultiplied, image => image.ToPremultiplied().AsStored());
        Save(files.Padded, RgbPadding.Pad);

        void Save(string? path, Func<RgbaImage, RgbaImage> convert)
        {
            if (path is not null)
            {
                convert(this.Image).SavePng(path, png);
            }
        }
    }
}
