namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// The predictor transform of lossless WebP ("WebP Lossless Bitstream Specification", section 4.1): a pixel becomes its difference, channel by channel,
/// from what its neighbours let expect; how is chosen block by block. Pixels are alpha, red, green, blue from the highest byte to the lowest.
/// </summary>
internal static class WebPPrediction
{
    /// <summary>Blocks are 2 to this power pixels wide and high.</summary>
    public const int BlockBits = 4;

    private const uint OpaqueBlack = 0xFF000000;
    private const uint OddBits = 0xFEFEFEFE;
    private const uint RedBlue = 0x00FF00FF;

    // Modes of the specification: left, above, above left, mean of left and above, the nearer of both, gradient.
    private static ReadOnlySpan<byte> Modes => [1, 2, 4, 7, 11, 12];

    /// <summary>Gets the number of blocks along a side.</summary>
    public static int Blocks(int side) => (side + (1 << BlockBits) - 1) >> BlockBits;

    /// <summary>Predicts a picture.</summary>
    /// <param name="pixels">The picture.</param>
    /// <param name="width">Its width.</param>
    /// <param name="residuals">Receives the differences.</param>
    /// <returns>The mode of each block as a pixel's green.</returns>
    public static uint[] Apply(ReadOnlySpan<uint> pixels, int width, Span<uint> residuals)
    {
        int height = pixels.Length / width;
        uint[] modes = new uint[Blocks(width) * Blocks(height)];
        for (int top = 0, block = 0; top < height; top += 1 << BlockBits)
        {
            for (int left = 0; left < width; left += 1 << BlockBits, block++)
            {
                (int right, int bottom) = (Math.Min(width, left + (1 << BlockBits)), Math.Min(height, top + (1 << BlockBits)));
                long bestCost = long.MaxValue;
                byte best = 0;
                foreach (byte mode in Modes)
                {
                    long cost = 0;
                    for (int y = top; y < bottom && cost < bestCost; y++)
                    {
                        for (int x = left; x < right; x++)
                        {
                            cost += Magnitude(Residual(pixels, width, x, y, mode));
                        }
                    }

                    (best, bestCost) = cost < bestCost ? (mode, cost) : (best, bestCost);
                }

                modes[block] = OpaqueBlack | ((uint)best << 8);
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        residuals[(y * width) + x] = Residual(pixels, width, x, y, best);
                    }
                }
            }
        }

        return modes;
    }

    private static uint Residual(ReadOnlySpan<uint> pixels, int width, int x, int y, byte mode)
    {
        int at = (y * width) + x;
        uint prediction = (x, y) switch
        {
            (0, 0) => OpaqueBlack,
            (_, 0) => pixels[at - 1],
            (0, _) => pixels[at - width],
            _ => Predict(mode, pixels[at - 1], pixels[at - width], pixels[at - width - 1]),
        };

        // Differences of all four bytes at once; the set bits between keep one from borrowing from the next.
        uint pixel = pixels[at];
        uint alphaGreen = (((pixel >> 8) & RedBlue) | 0x01000100) - ((prediction >> 8) & RedBlue);
        uint redBlue = ((pixel & RedBlue) | 0x01000100) - (prediction & RedBlue);
        return ((alphaGreen & RedBlue) << 8) | (redBlue & RedBlue);
    }

    private static uint Predict(byte mode, uint left, uint above, uint aboveLeft) => mode switch
    {
        1 => left,
        2 => above,
        4 => aboveLeft,
        7 => (left & above) + (((left ^ above) & OddBits) >> 1),
        11 => Distance(above, aboveLeft) < Distance(left, aboveLeft) ? left : above,
        _ => Gradient(left, above, aboveLeft, 24) | Gradient(left, above, aboveLeft, 16) | Gradient(left, above, aboveLeft, 8) | Gradient(left, above, aboveLeft, 0),
    };

    private static int Distance(uint a, uint b)
        => Math.Abs((int)(a >> 24) - (int)(b >> 24)) + Math.Abs((int)((a >> 16) & 255) - (int)((b >> 16) & 255))
        + Math.Abs((int)((a >> 8) & 255) - (int)((b >> 8) & 255)) + Math.Abs((int)(a & 255) - (int)(b & 255));

    private static uint Gradient(uint left, uint above, uint aboveLeft, int shift)
        => (uint)Math.Clamp((int)((left >> shift) & 255) + (int)((above >> shift) & 255) - (int)((aboveLeft >> shift) & 255), 0, 255) << shift;

    // Differences count as signed: 255 is −1.
    private static int Magnitude(uint residual)
        => Math.Abs((int)(sbyte)(residual >> 24)) + Math.Abs((int)(sbyte)(residual >> 16)) + Math.Abs((int)(sbyte)(residual >> 8)) + Math.Abs((int)(sbyte)residual);
}
