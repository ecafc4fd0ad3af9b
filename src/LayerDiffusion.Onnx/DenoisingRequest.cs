using LayerDiffusion.Onnx.Packages;

namespace LayerDiffusion.Onnx;

/// <summary>What is denoised: the UNet, the prompts, and everything that steers it beside them.</summary>
internal sealed record DenoisingRequest
{
    /// <summary>Gets the UNet.</summary>
    public required UnetDefinition Unet { get; init; }

    /// <summary>Gets one prompt per frame, or one for all.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>Gets the number of pictures, each of all frames.</summary>
    public required int Images { get; init; }

    /// <summary>Gets a value indicating whether the first row is an opaque picture, so that previews of it have no alpha.</summary>
    public bool IsOpaque { get; init; }
}
