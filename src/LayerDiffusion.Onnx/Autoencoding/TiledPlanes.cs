namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>Encodes and decodes pictures that are larger than memory allows in tiles that overlap, mixed across the overlap.</summary>
/// <remarks>
/// The networks' normalisation and attention look at the whole tile, and what lies behind a tile's edge is missing to their convolutions, so that tiles differ a little where they meet; the
/// linear ramp across the overlap spreads that difference. A picture of one tile is computed as a whole, exactly.
/// </remarks>
internal static class TiledPlanes
{
    /// <summary>One tile, in pixels.</summary>
    public readonly record struct Tile(int Top, int Left, int Height, int Width)
    {
        /// <summary>The tile's place in planes of which a sample stands for so many pixels in both directions.</summary>
        public Tile Reduce(int pixelsPerSample) => new(this.Top / pixelsPerSample, this.Left / pixelsPerSample, this.Height / pixelsPerSample, this.Width / pixelsPerSample);
    }

    /// <summary>The tiles of a picture, rows first.</summary>
    /// <param name="height">Height in pixels, a multiple of 64.</param>
    /// <param name="width">Width in pixels, a multiple of 64.</param>
    /// <param name="tileSize">Largest side of a tile, a multiple of 64; 0 for one tile of any size.</param>
    /// <param name="overlap">Least overlap of neighbours, a multiple of 8 up to half the tile.</param>
    public static List<Tile> Layout(int height, int width, int tileSize, int overlap)
    {
        int tileHeight = tileSize == 0 ? height : Math.Min(tileSize, height);
        int tileWidth = tileSize == 0 ? width : Math.Min(tileSize, width);
        List<Tile> tiles = [];
        foreach (int top in Starts(height, tileHeight, overlap))
        {
            foreach (int left in Starts(width, tileWidth, overlap))
            {
                tiles.Add(new Tile(top, left, tileHeight, tileWidth));
            }
        }

        return tiles;
    }

    /// <summary>Computes planes tile by tile.</summary>
    /// <param name="tiles">The tiles of <see cref="Layout"/>.</param>
    /// <param name="height">Height of the picture in pixels.</param>
    /// <param name="width">Width of the picture in pixels.</param>
    /// <param name="channels">Channels that the network gives.</param>
    /// <param name="pixelsPerSample">Pixels that one sample of the result stands for in both directions: 1 for pictures, 8 for latents.</param>
    /// <param name="compute">Gives a tile's planes, <c>[channels,tile height,tile width]</c> in samples.</param>
    /// <param name="cancellationToken">Cancels before the next tile.</param>
    /// <returns>Planes of the whole picture, <c>[channels,height,width]</c> in samples.</returns>
    public static float[] Compute(
        IReadOnlyList<Tile> tiles, int height, int width, int channels, int pixelsPerSample, Func<Tile, float[]> compute, CancellationToken cancellationToken)
    {
        if (tiles.Count == 1)
        {
            return compute(tiles[0]);
        }

        (int rows, int columns) = (height / pixelsPerSample, width / pixelsPerSample);
        int plane = rows * columns;
        float[] sum = new float[channels * plane];
        float[] weights = new float[plane];
        Tile[] places = [.. tiles.Select(tile => tile.Reduce(pixelsPerSample))];
        for (int index = 0; index < places.Length; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] computed = compute(tiles[index]);
            Tile place = places[index];
            float[] vertical = Ramp(place.Top, place.Height, rows, places.Select(other => other.Top));
            float[] horizontal = Ramp(place.Left, place.Width, columns, places.Select(other => other.Left));
            for (int y = 0; y < place.Height; y++)
            {
                int target = ((place.Top + y) * columns) + place.Left;
                for (int x = 0; x < place.Width; x++)
                {
                    weights[target + x] += vertical[y] * horizontal[x];
                }

                for (int channel = 0; channel < channels; channel++)
                {
                    int source = ((channel * place.Height) + y) * place.Width;
                    int destination = (channel * plane) + target;
                    for (int x = 0; x < place.Width; x++)
                    {
                        sum[destination + x] += computed[source + x] * vertical[y] * horizontal[x];
                    }
                }
            }
        }

        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] /= weights[i % plane];
        }

        return sum;
    }

    // The starts are spread evenly and kept on the latent's grid of 8 pixels.
    private static int[] Starts(int size, int tile, int overlap)
    {
        int count = size <= tile ? 1 : 1 + ((size - tile + (tile - overlap) - 1) / (tile - overlap));
        int[] starts = new int[count];
        for (int i = 1; i < count; i++)
        {
            starts[i] = (int)((long)(size - tile) * i / (count - 1)) / 8 * 8;
        }

        return starts;
    }

    // Rises over the overlap with the neighbour before and falls over that with the neighbour behind.
    private static float[] Ramp(int start, int length, int size, IEnumerable<int> starts)
    {
        int[] others = [.. starts.Distinct().Order()];
        int index = Array.IndexOf(others, start);
        int before = index == 0 ? 0 : others[index - 1] + length - start;
        int behind = index == others.Length - 1 ? 0 : start + length - others[index + 1];
        float[] ramp = new float[Math.Min(length, size)];
        for (int i = 0; i < ramp.Length; i++)
        {
            float rise = i < before ? (i + 0.5f) / before : 1;
            float fall = ramp.Length - 1 - i < behind ? (ramp.Length - i - 0.5f) / behind : 1;
            ramp[i] = rise * fall;
        }

        return ramp;
    }
}
