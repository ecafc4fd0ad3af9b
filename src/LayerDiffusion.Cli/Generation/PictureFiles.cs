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
    public void Write(MadePicture picture, GenerationRequest request)
    {
        PngOptions png = PngOptions.Default;
        if (request.Metadata && picture.Result is { } result)
        {
            png = png with { Metadata = RequestMetadata.Describe(result, request).AddTo(png.Metadata) };
        }

        picture.Image.SavePng(this.Straight, png);
        if (this.Checkerboard is not null)
        {
            picture.Image.ToCheckerboardPreview().SavePng(this.Checkerboard, png);
        }

        if (picture.Result is TransparentResult transparent)
        {
            if (this.Premultiplied is not null)
            {
                transparent.Premultiplied.AsStored().SavePng(this.Premultiplied, png);
            }

            if (this.Padded is not null)
            {
                transparent.Padded.SavePng(this.Padded, png);
            }
        }
    }
}
