using System.Globalization;
using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>trim</c>: without empty margins.</summary>
internal sealed class TrimCommand() : PictureCommand(
    "trim",
    "Cuts empty margins off and tells where the rest was.",
    new CommandOption("--margin", "N", "pixels that stay around what is visible; 0 if left out"),
    new CommandOption("--threshold", "N", "least alpha that counts as visible, 1 to 255; 1 if left out"))
{
    private const int LargestMargin = 8192;

    /// <inheritdoc/>
    protected override RgbaImage Change(RgbaImage image, ParsedArguments arguments, CommandConsole console)
    {
        TrimmedImage trimmed = image.Trim((byte)(arguments.Integer("--threshold", 1, byte.MaxValue) ?? 1), arguments.Integer("--margin", 0, LargestMargin) ?? 0);
        console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{trimmed.Image.Width}×{trimmed.Image.Height} from {trimmed.X},{trimmed.Y} of {trimmed.OriginalWidth}×{trimmed.OriginalHeight}; its middle is at {trimmed.TrimmedPivotX:0.####},{trimmed.TrimmedPivotY:0.####} of the rest"));
        return trimmed.Image;
    }
}
