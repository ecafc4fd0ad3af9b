using LayerDiffusion.Cli.Arguments;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>pad</c>: colour under alpha 0, and sizes that textures want.</summary>
internal sealed class PadCommand() : PictureCommand(
    "pad",
    "Spreads colour under alpha 0, against dark fringes; nothing visible changes.",
    new CommandOption("--distance", "N", "spread the edge's colour that many pixels far; everywhere and smoothly if left out"),
    new CommandOption("--multiple", "N", "enlarge at the right and bottom to a multiple of so many pixels"),
    new CommandOption("--power-of-two", null, "enlarge at the right and bottom to powers of two"))
{
    private const int Largest = 8192;

    /// <inheritdoc/>
    protected override RgbaImage Change(RgbaImage image, ParsedArguments arguments, CommandConsole console)
    {
        RgbaImage enlarged = image;
        if (arguments.Integer("--multiple", 1, Largest) is { } multiple)
        {
            enlarged = AlphaHygiene.PadToMultiple(enlarged, multiple);
        }

        if (arguments.Has("--power-of-two"))
        {
            enlarged = AlphaHygiene.PadToPowerOfTwo(enlarged);
        }

        return arguments.Integer("--distance", 0, Largest) is { } distance ? AlphaHygiene.Bleed(enlarged, distance) : RgbPadding.Pad(enlarged);
    }
}
