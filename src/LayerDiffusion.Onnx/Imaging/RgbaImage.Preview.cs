namespace LayerDiffusion.Onnx.Imaging;

/// <content>Opaque pictures to look at.</content>
public sealed partial class RgbaImage
{
    // Squares of the checkerboard, in pixels, and their greys.
    private const int CheckerSize = 64;
    private const double DarkGrey = 0.45;
    private const double LightGrey = 0.55;

    /// <summary>
    /// Lays the picture over a grey checkerboard, 0.45 and 0.55 with the darker at the top left, as the LayerDiffuse reference implementation
    /// shows its results: (height ÷ 64) × (width ÷ 64) squares, at least one each way, spread evenly; the result is truncated to bytes.
    /// </summary>
    /// <returns>A new opaque image.</returns>
    public RgbaImage ToCheckerboardPreview()
    {
        int rows = Math.Max(1, this.Height / CheckerSize);
        int columns = Math.Max(1, this.Width / CheckerSize);
        RgbaImage result = new(this.Width, this.Height);
        for (int y = 0; y < this.Height; y++)
        {
            ReadOnlySpan<byte> source = this.GetRow(y);
            Span<byte> target = result.GetRow(y);
            int row = (int)((long)y * rows / this.Height);
            for (int x = 0; x < this.Width; x++)
            {
                int column = (int)((long)x * columns / this.Width);
                double grey = ((row + column) & 1) == 0 ? DarkGrey : LightGrey;
                double alpha = source[(4 * x) + 3] / 255.0;
                double factor = this.AlphaMode == AlphaMode.Premultiplied ? 1 : alpha;
                for (int channel = 0; channel < 3; channel++)
                {
                    double color = (source[(4 * x) + channel] / 255.0 * factor) + (grey * (1 - alpha));
                    target[(4 * x) + channel] = (byte)Math.Min(255, color * 255);
                }

                target[(4 * x) + 3] = 255;
            }
        }

        return result;
    }

    /// <summary>Lays the picture over one colour.</summary>
    /// <param name="red">Red of the colour.</param>
    /// <param name="green">Green of the colour.</param>
    /// <param name="blue">Blue of the colour.</param>
    /// <returns>A new opaque image, straight or premultiplied as this one; every sample is rounded once.</returns>
    public RgbaImage ToMattePreview(byte red, byte green, byte blue)
    {
        RgbaImage result = new(this.Width, this.Height, this.AlphaMode);
        Span<byte> target = result.Span;
        for (int i = 0; i < target.Length; i += 4)
        {
            target[i] = red;
            target[i + 1] = green;
            target[i + 2] = blue;
            target[i + 3] = 255;
        }

        Compositing.Draw(result, this);
        return result;
    }
}
