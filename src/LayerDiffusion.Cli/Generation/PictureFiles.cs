using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Generation;

/// <summary>The files of one picture.</summary>
/// <param name="Straight">Where the picture is written to.</param>
/// <param name="Premultiplied">Where its premultiplied form is written to, if wanted.</param>
/// <param name="Padded">Where its padded form is written to, if wanted.</param>
/// <param name="Checkerboard">Where the picture over a checkerboard is written to, if wanted.</param>
internal sealed record PictureFiles(string Straight, string? Premultiplied, string? Padded, string? Checkerboard)
{
    /// <summary>Adds the files that a request wants.</summary>
    /// <param name="files">The files of the run.</param>
    /// <param name="request">The request.</param>
    /// <param name="number">Gives a file the number of the picture.</param>
    public static PictureFiles Reserve(OutputFiles files, GenerationRequest request, Func<string, string> number)
    {
        return new PictureFiles(files.Add(number(request.Out)), Add(request.Premultiplied), Add(request.Padded), Add(request.Checkerboard));

        string? Add(string? path) => path is null ? null : files.Add(number(path));
    }

    /// <summary>Writes a picture in all its forms.</summary>
    public void Write(GenerationResult result, bool withMetadata)
    {
        PngOptions png = PngOptions.Default;
        if (withMetadata)
        {
            png = png with { Metadata = RequestMetadata.Describe(result).AddTo(png.Metadata) };
        }

        result.Image.SavePng(this.Straight, png);
        if (this.Checkerboard is not null)
        {
            result.Image.ToCheckerboardPreview().SavePng(this.Checkerboard, png);
        }

        if (result is TransparentResult transparent)
        {
            if (this.Premultiplied is not null)
            {
                AsStored(transparent.Premultiplied).SavePng(this.Premultiplied, png);
            }

            if (this.Padded is not null)
            {
                transparent.Padded.SavePng(this.Padded, png);
            }
        }
    }

    /// <summary>PNG knows straight alpha alone, so saving would divide by alpha again; whoever wants the premultiplied file wants its numbers.</summary>
    private static RgbaImage AsStored(RgbaImage image) => RgbaImage.FromPixels(image.Pixels.Span, image.Width, image.Height);
}
