using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>decode LATENT.safetensors</c>: the picture of a latent.</summary>
internal sealed class DecodeCommand() : RequestCommand(
    new CommandSyntax(
        "decode",
        "LATENT.safetensors",
        NeedsArgument: true,
        "Draws the transparent picture of a latent that encode or another program wrote.",
        [.. Common("--alpha-augmentation", "--tile-size", "--tile-overlap", "--model", "--device", "--out", "--premultiplied", "--padded", "--checkerboard", "--trace")],
        "The file has a tensor \"latent\", [1,4,h,w] or [4,h,w], unscaled."),
    mode: "decodeTransparent",
    "latent");
