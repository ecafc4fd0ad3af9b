using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>premultiply</c>: colour multiplied by alpha.</summary>
internal sealed class PremultiplyCommand() : PictureCommand("premultiply", "Multiplies colour by alpha, for engines that want that. The file holds these numbers, though PNG means straight ones.")
{
    /// <inheritdoc/>
    protected override RgbaImage Change(RgbaImage image, ParsedArguments arguments, CommandConsole console) => image.ToPremultiplied().AsStored();
}
