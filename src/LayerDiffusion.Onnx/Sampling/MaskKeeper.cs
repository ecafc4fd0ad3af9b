namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Keeps what lies outside a mask: after each step latent = (1 − mask) · known + mask · latent, where known is the original noised to the level of the next
/// evaluation with the start noise, and clean after the last (diffusers' inpainting with a UNet of 4 channels).
/// </summary>
internal sealed class MaskKeeper : IDenoisingObserver
{
    private readonly float[] mask;
    private readonly float[] original;
    private readonly float[] noise;
    private readonly LatentShape shape;
    private readonly float[] known;

    /// <summary>Initializes a new instance of the <see cref="MaskKeeper"/> class.</summary>
    /// <param name="mask">What may change, <c>[h,w]</c> in 0..1.</param>
    /// <param name="original">The scaled latents to keep, <c>[rows,c,h,w]</c>.</param>
    /// <param name="noise">The start noise, <c>[rows,c,h,w]</c>.</param>
    /// <param name="shape">The extents.</param>
    public MaskKeeper(float[] mask, float[] original, float[] noise, LatentShape shape)
    {
        this.mask = mask;
        this.original = original;
        this.noise = noise;
        this.shape = shape;
        this.known = new float[shape.Length];
    }

    /// <inheritdoc/>
    public void Predicted(int evaluation, UnetDenoiser denoiser, float timestep, GuidancePlan plan, int wording, ReadOnlySpan<float> output)
    {
    }

    /// <inheritdoc/>
    public void Stepped(int evaluation, SchedulerRun run, Span<float> latent)
    {
        run.AddNoise(this.original, this.noise, evaluation + 1, this.known);
        for (int start = 0; start < latent.Length; start += this.shape.PlaneLength)
        {
            Span<float> plane = latent.Slice(start, this.shape.PlaneLength);
            ReadOnlySpan<float> keep = this.known.AsSpan(start, this.shape.PlaneLength);
            for (int i = 0; i < plane.Length; i++)
            {
                plane[i] = ((1 - this.mask[i]) * keep[i]) + (this.mask[i] * plane[i]);
            }
        }
    }
}
