namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// A latent made smaller, so that decoding it for a preview costs little: half the sides mean a quarter of the time.
/// </summary>
internal static class PreviewLatent
{
    // The transparency decoder halves its picture six times, so its latent has multiples of eight.
    private const int Multiple = 8;
    private const int LargestWhole = 16;

    /// <summary>
    /// How many times smaller the sides of previews are. At 512 pixels on the CPU one of a quarter costs an eighth of a step, one of an eighth a thirtieth: either way
    /// previews take 3 % of the time at most.
    /// </summary>
    /// <param name="interval">A preview comes after each so many steps.</param>
    public static int FactorFor(int interval) => interval < 5 ? 8 : 4;

    /// <summary>
    /// The side of the latent that a preview's colour is decoded from. After each step it is seven eighths of the preview's, which the VAE, unlike the transparency decoder, can do with, and
    /// which spares a quarter of the VAE's time.
    /// </summary>
    /// <param name="side">The side of the preview's latent, smaller than the latent's own.</param>
    /// <param name="interval">A preview comes after each so many steps.</param>
    public static int ColourSideOf(int side, int interval) => interval == 1 ? side * 7 / 8 : side;

    /// <summary>The side of the preview's latent: about the latent's over the factor, 4 or 8; small latents keep theirs.</summary>
    public static int SideOf(int side, int factor) =>
        side <= LargestWhole ? side : Math.Max(LargestWhole * 4 / factor, (side + (factor * Multiple / 2)) / (factor * Multiple) * Multiple);

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

    /// <summary>Draws planes larger, by the two nearest samples of each axis.</summary>
    /// <param name="planes"><c>[c,height,width]</c>.</param>
    /// <param name="from">Height and width.</param>
    /// <param name="to">The new ones, not smaller.</param>
    /// <returns><c>[c,to.Height,to.Width]</c>.</returns>
    public static float[] Enlarge(float[] planes, (int Height, int Width) from, (int Height, int Width) to)
    {
        if (from == to)
        {
            return planes;
        }

        int plane = from.Height * from.Width;
        float[] result = new float[planes.Length / plane * to.Height * to.Width];
        int target = 0;
        for (int offset = 0; offset < planes.Length; offset += plane)
        {
            for (int y = 0; y < to.Height; y++)
            {
                (int above, int below, float down) = Neighbours(y, from.Height, to.Height);
                (above, below) = (offset + (above * from.Width), offset + (below * from.Width));
                for (int x = 0; x < to.Width; x++)
                {
                    (int left, int right, float across) = Neighbours(x, from.Width, to.Width);
                    float upper = planes[above + left] + ((planes[above + right] - planes[above + left]) * across);
                    float lower = planes[below + left] + ((planes[below + right] - planes[below + left]) * across);
                    result[target++] = upper + ((lower - upper) * down);
                }
            }
        }

        return result;
    }

    // Centres of samples are compared; beyond the outermost ones nothing changes.
    private static (int First, int Second, float Share) Neighbours(int index, int from, int to)
    {
        float place = Math.Clamp(((index + 0.5f) * from / to) - 0.5f, 0, from - 1);
        int first = (int)place;
        return (first, Math.Min(first + 1, from - 1), place - first);
    }

    private static (int Begin, int End) Span(int index, int from, int to) => (index * from / to, (((index + 1) * from) + to - 1) / to);
}
