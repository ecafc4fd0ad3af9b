namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// A latent made smaller, so that decoding it for a preview costs little: a side of a quarter means a sixteenth of the time.
/// </summary>
internal static class PreviewLatent
{
    // The transparency decoder halves its picture six times, so its latent has multiples of eight.
    private const int Multiple = 8;
    private const int SmallestSide = 16;
    private const int Factor = 4;

    /// <summary>The side of the preview's latent: about a quarter of the latent's, which small latents keep whole.</summary>
    public static int SideOf(int side) => side <= SmallestSide ? side : Math.Max(SmallestSide, (side + (Factor * Multiple / 2)) / (Factor * Multiple) * Multiple);

    /// <summary>Takes the mean of the values that each new one stands for.</summary>
    /// <param name="latent"><c>[c,height,width]</c>.</param>
    /// <param name="from">Height and width.</param>
    /// <param name="to">The new ones, not larger.</param>
    /// <returns><c>[c,to.Height,to.Width]</c>.</returns>
    public static float[] Reduce(ReadOnlySpan<float> latent, (int Height, int Width) from, (int Height, int Width) to)
    {
        if (from == to)
        {
            return latent.ToArray();
        }

        int plane = from.Height * from.Width;
        float[] result = new float[latent.Length / plane * to.Height * to.Width];
        int target = 0;
        for (int offset = 0; offset < latent.Length; offset += plane)
        {
            for (int y = 0; y < to.Height; y++)
            {
                (int top, int bottom) = Span(y, from.Height, to.Height);
                for (int x = 0; x < to.Width; x++)
                {
                    (int left, int right) = Span(x, from.Width, to.Width);
                    float sum = 0;
                    for (int row = top; row < bottom; row++)
                    {
                        foreach (float value in latent.Slice(offset + (row * from.Width) + left, right - left))
                        {
                            sum += value;
                        }
                    }

                    result[target++] = sum / ((bottom - top) * (right - left));
                }
            }
        }

        return result;
    }

    private static (int Begin, int End) Span(int index, int from, int to) => (index * from / to, (((index + 1) * from) + to - 1) / to);
}
