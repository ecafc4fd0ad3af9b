using LayerDiffusion.Cli.Requests;

namespace LayerDiffusion.Cli.Generation;

/// <summary>The files of one picture.</summary>
/// <param name="Straight">Where the picture, or what else was made, is written to.</param>
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
}
