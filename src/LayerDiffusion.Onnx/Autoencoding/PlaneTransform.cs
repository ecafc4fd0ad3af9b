namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>
/// One of the eight symmetries of a picture: mirrored along the width or not, then turned counter-clockwise by quarter turns,
/// so that one turn means <c>out[i,j] = in[j, W−1−i]</c> (torch's <c>rot90(k, (H, W))</c>).
/// </summary>
/// <param name="Mirror">Whether the picture is mirrored along its width first.</param>
/// <param name="QuarterTurns">Counter-clockwise quarter turns, 0 to 3.</param>
internal readonly record struct PlaneTransform(bool Mirror, int QuarterTurns)
{
    // Walking a turned picture reads one sample a row; squares keep those rows in the cache.
    private const int TileSize = 32;

    /// <summary>Gets a value indicating whether height and width change places.</summary>
    public bool SwapsSides => (this.QuarterTurns & 1) != 0;

    /// <summary>Gets a value indicating whether nothing changes.</summary>
    public bool IsIdentity => !this.Mirror && this.QuarterTurns == 0;

    /// <summary>Turns planes <c>[channels, height, width]</c>.</summary>
    public void Apply(ReadOnlySpan<float> source, Span<float> destination, int height, int width) =>
        this.Walk(source, destination, height, width, inverse: false);

    /// <summary>Turns planes back that <see cref="Apply"/> made from pictures of <paramref name="height"/> × <paramref name="width"/>.</summary>
    public void Undo(ReadOnlySpan<float> source, Span<float> destination, int height, int width) =>
        this.Walk(source, destination, height, width, inverse: true);

    private void Walk(ReadOnlySpan<float> source, Span<float> destination, int height, int width, bool inverse)
    {
        if (this.IsIdentity)
        {
            source.CopyTo(destination);
            return;
        }

        // The original position of turned sample (i, j) is start + i·stepI + j·stepJ.
        (int y0, int x0, int yi, int xi, int yj, int xj) = this.QuarterTurns switch
        {
            0 => (0, 0, 1, 0, 0, 1),
            1 => (0, width - 1, 0, -1, 1, 0),
            2 => (height - 1, width - 1, -1, 0, 0, -1),
            _ => (height - 1, 0, 0, 1, -1, 0),
        };
        if (this.Mirror)
        {
            (x0, xi, xj) = (width - 1 - x0, -xi, -xj);
        }

        int start = (y0 * width) + x0;
        int stepI = (yi * width) + xi;
        int stepJ = (yj * width) + xj;
        (int rows, int columns) = this.SwapsSides ? (width, height) : (height, width);
        int plane = height * width;
        for (int offset = 0; offset < source.Length; offset += plane)
        {
            ReadOnlySpan<float> from = source.Slice(offset, plane);
            Span<float> to = destination.Slice(offset, plane);
            for (int top = 0; top < rows; top += TileSize)
            {
                int bottom = Math.Min(top + TileSize, rows);
                for (int left = 0; left < columns; left += TileSize)
                {
                    int right = Math.Min(left + TileSize, columns);
                    for (int i = top; i < bottom; i++)
                    {
                        int original = start + (i * stepI) + (left * stepJ);
                        int turned = (i * columns) + left;
                        for (int j = left; j < right; j++, original += stepJ, turned++)
                        {
                            if (inverse)
                            {
                                to[original] = from[turned];
                            }
                            else
                            {
                                to[turned] = from[original];
                            }
                        }
                    }
                }
            }
        }
    }
}
