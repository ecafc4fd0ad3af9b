namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>
/// What tests/fixtures/README.md allows for each tensor: about ten times the drift measured between torch and ONNX Runtime on the same graphs.
/// </summary>
/// <param name="Latent">Latents, in absolute terms; their standard deviation is 5 to 15.</param>
/// <param name="UnetOutput">The first raw UNet output.</param>
/// <param name="Argb">Decoded alpha and colour.</param>
/// <param name="LatentSteps">Latents within the loop, where they may drift more than the last one.</param>
internal sealed record Tolerances(double Latent, double UnetOutput, double Argb, double LatentSteps)
{
    /// <summary>Gets what is allowed on the VAE's output.</summary>
    public double Decoded { get; init; } = 1e-3;

    public static readonly Tolerances FromText = new(1e-3, 5e-5, 5e-4, 1e-3);

    public static readonly Tolerances FromImages = new(3e-3, 1e-3, 5e-4, 3e-3);

    public (double Absolute, double Relative) For(string name) => name switch
    {
        "timesteps" or "sigmas" or "unet.first.timestep" => (1e-4, 1e-6),
        "time_ids" => (0, 0),
        "decoded" => (this.Decoded, 0),
        "final" => (this.Latent, 0),
        "unet.first.out" => (this.UnetOutput, 0),
        "unet.first.sample" => (this.LatentSteps, 0),
        "argb" or "argb.passes" => (this.Argb, 0),
        "encode.argb" => (2e-4, 0),
        "encode.moments" => (1e-2, 0),
        "encode.offset" => (1e-6, 0),
        "encode.latent" => (2e-3, 0),
        _ when name.StartsWith("randn.", StringComparison.Ordinal) => (1e-6, 0),
        _ when name.StartsWith("latent.", StringComparison.Ordinal) => (this.LatentSteps, 0),
        _ when name.StartsWith("condition.", StringComparison.Ordinal) => (2e-3, 0),
        _ when name.StartsWith("control_", StringComparison.Ordinal) => (5e-5, 0),
        _ when name.EndsWith("_embeds", StringComparison.Ordinal) => (2e-5, 0),
        _ => throw new ArgumentException($"No tolerance is known for '{name}'.", nameof(name)),
    };
}
