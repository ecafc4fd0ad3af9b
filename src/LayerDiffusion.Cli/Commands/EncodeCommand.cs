using LayerDiffusion.Cli.Arguments;

namespace LayerDiffusion.Cli.Commands;

/// <summary><c>encode PICTURE.png</c>: the latent of a picture.</summary>
internal sealed class EncodeCommand() : RequestCommand(
    new CommandSyntax(
        "encode",
        "PICTURE.png",
        NeedsArgument: true,
        "Writes the latent of a picture, its transparency in it, to a .safetensors file.",
        [
            RequestOption.Number("--offset-gain", "strength of the transparency in the latent; the model's if left out", "offsetGain") with { Placeholder = "X" },
            .. Common("--model", "--width", "--height", "--image-fit", "--tile-size", "--tile-overlap", "--device", "--trace"),
            RequestOption.Text("--out", "FILE", "the latent; out.safetensors if left out", "out"),
        ],
        """
        The tensor "latent", float32 [1,4,h,w], is unscaled: multiplied by the VAE's scaling factor it is what a UNet denoises. Metadata tell the picture's width
        and height and, with left and top, where it lies in the networks' larger picture, which decode cuts off again.
        """),
    mode: "encodeTransparent",
    "image");
