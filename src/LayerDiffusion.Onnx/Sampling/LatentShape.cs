namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Extents of the latents that are denoised together, <c>[rows, channels, height, width]</c>.</summary>
/// <param name="Rows">Pictures times frames.</param>
/// <param name="Channels">Channels of one latent, 4 for Stable Diffusion.</param>
/// <param name="Height">An eighth of the picture's height.</param>
/// <param name="Width">An eighth of the picture's width.</param>
internal readonly record struct LatentShape(int Rows, int Channels, int Height, int Width)
{
    /// <summary>Gets the samples of one channel.</summary>
    public int PlaneLength => this.Height * this.Width;

    /// <summary>Gets the samples of one row.</summary>
    public int RowLength => this.Channels * this.PlaneLength;

    /// <summary>Gets the samples in all.</summary>
    public int Length => checked(this.Rows * this.RowLength);
}
