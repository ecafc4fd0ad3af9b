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

    /// <summary>Gets the scaled latent of the picture that the loop starts from, <c>[c,h,w]</c>, for every row, or <see langword="null"/> to start from noise.</summary>
    public float[]? InitialLatent { get; init; }

    /// <summary>Gets which part of the steps is run when there is an initial latent: 1 starts from the noisiest.</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Gets a value indicating whether part of the picture is repainted, so that full strength starts from pure noise.</summary>
    public bool IsRepainting { get; init; }

    /// <summary>Gets what of the latent may change, <c>[h,w]</c> in 0..1; the rest is put back after each step. <see langword="null"/> for everything.</summary>
    public float[]? LatentMask { get; init; }

    /// <summary>Gets latents joined to the noisy one on the channel axis.</summary>
    public IReadOnlyList<float[]> ChannelConditions { get; init; } = [];

    /// <summary>Gets the maps of a control encoder by input name.</summary>
    public IReadOnlyDictionary<string, (float[] Values, long[] Shape)> Controls { get; init; } = new Dictionary<string, (float[], long[])>();

    /// <summary>Gets the fraction of the training timesteps after which the base UNet goes on without conditions; 1 for never.</summary>
    public double EndConditioningAt { get; init; } = 1;

    /// <summary>Gets a value indicating whether the first row is an opaque picture, so that previews of it have no alpha.</summary>
    public bool IsOpaque { get; init; }
}
