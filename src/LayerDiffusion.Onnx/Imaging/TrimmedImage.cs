namespace LayerDiffusion.Onnx.Imaging;

/// <summary>A picture without its invisible border, with what is needed to place it as the whole one.</summary>
/// <param name="Image">The visible part.</param>
/// <param name="X">Columns that were cut off at the left.</param>
/// <param name="Y">Rows that were cut off at the top.</param>
/// <param name="OriginalWidth">Width of the whole picture.</param>
/// <param name="OriginalHeight">Height of the whole picture.</param>
/// <param name="PivotX">The pivot as a fraction of the whole width from the left.</param>
/// <param name="PivotY">The pivot as a fraction of the whole height from the top.</param>
public sealed record TrimmedImage(RgbaImage Image, int X, int Y, int OriginalWidth, int OriginalHeight, double PivotX, double PivotY)
{
    /// <summary>Gets the pivot as a fraction of the trimmed width from the left; beyond 0 to 1 if it lies in what was cut off.</summary>
    public double TrimmedPivotX => ((this.PivotX * this.OriginalWidth) - this.X) / this.Image.Width;

    /// <summary>Gets the pivot as a fraction of the trimmed height from the top; beyond 0 to 1 if it lies in what was cut off.</summary>
    public double TrimmedPivotY => ((this.PivotY * this.OriginalHeight) - this.Y) / this.Image.Height;

    /// <summary>Makes the whole picture again, with a transparent black border.</summary>
    /// <returns>A new image.</returns>
    public RgbaImage Restore()
        => this.Image.Extend(this.X, this.Y, this.OriginalWidth - this.X - this.Image.Width, this.OriginalHeight - this.Y - this.Image.Height);
}
