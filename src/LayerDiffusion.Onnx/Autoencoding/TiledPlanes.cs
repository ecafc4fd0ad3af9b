namespace LayerDiffusion.Onnx.Autoencoding;

/// <summary>Decodes pictures that are larger than memory allows in tiles that overlap, mixed across the overlap.</summary>
/// <remarks>
/// The decoders' normalisation and attention look at the whole tile, so that tiles differ a little where they meet; the linear ramp across the overlap spreads that
/// difference. A picture of one tile is decoded as a whole, exactly.
/// </remarks>
internal static class TiledPlanes
{
    /// <summary>One tile, in pixels.</summary>
    public readonly record struct Tile(int Top, int Left, int Height, int Width);

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

    /// <summary>Decodes tile by tile.</summary>
    /// <param name="tiles">The tiles of <see cref="Layout"/>.</param>
    /// <param name="height">Height of the picture.</param>
    /// <param name="width">Width of the picture.</param>
    /// <param name="channels">Channels that the decoder gives.</param>
    /// <param name="decode">Gives a tile's planes <c>[channels,tile height,tile width]</c>.</param>
    /// <returns>Planes of the whole picture, <c>[channels,height,width]</c>.</returns>
    public static float[] Decode(IReadOnlyList<Tile> tiles, int height, int width, int channels, Func<Tile, float[]> decode)
    {
        if (tiles.Count == 1)
        {
            return decode(tiles[0]);
        }

        int plane = height * width;
        float[] sum = new float[channels * plane];
        float[] weights = new float[plane];
        foreach (Tile tile in tiles)
        {
            float[] decoded = decode(tile);
            float[] vertical = Ramp(tile.Top, tile.Height, height, tiles.Select(other => other.Top));
            float[] horizontal = Ramp(tile.Left, tile.Width, width, tiles.Select(other => other.Left));
            for (int y = 0; y < tile.Height; y++)
            {
                int target = ((tile.Top + y) * width) + tile.Left;
                for (int x = 0; x < tile.Width; x++)
                {
                    weights[target + x] += vertical[y] * horizontal[x];
                }

                for (int channel = 0; channel < channels; channel++)
                {
                    int source = ((channel * tile.Height) + y) * tile.Width;
                    int destination = (channel * plane) + target;
                    for (int x = 0; x < tile.Width; x++)
                    {
                        sum[destination + x] += decoded[source + x] * vertical[y] * horizontal[x];
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
