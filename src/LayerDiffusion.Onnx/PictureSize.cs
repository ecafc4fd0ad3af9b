using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx;

/// <summary>The size asked for and the size that the networks work at: the next multiple, cropped about the centre afterwards.</summary>
/// <param name="Width">Width asked for, in pixels.</param>
/// <param name="Height">Height asked for, in pixels.</param>
/// <param name="Multiple">What the networks' sides must be multiples of.</param>
internal readonly record struct PictureSize(int Width, int Height, int Multiple)
{
    /// <summary>Gets the width that the networks work at.</summary>
    public int NetworkWidth => RoundUp(this.Width, this.Multiple);

    /// <summary>Gets the height that the networks work at.</summary>
    public int NetworkHeight => RoundUp(this.Height, this.Multiple);

    /// <summary>Gets the columns left of the part that is kept.</summary>
    public int Left => (this.NetworkWidth - this.Width) / 2;

    /// <summary>Gets the rows above the part that is kept.</summary>
    public int Top => (this.NetworkHeight - this.Height) / 2;

    /// <summary>Gets a value indicating whether anything is cut off.</summary>
    public bool IsCropped => this.NetworkWidth != this.Width || this.NetworkHeight != this.Height;

    /// <summary>The latents of that many rows.</summary>
    public LatentShape LatentShape(int rows, int channels) => new(rows, channels, this.NetworkHeight / 8, this.NetworkWidth / 8);

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}
