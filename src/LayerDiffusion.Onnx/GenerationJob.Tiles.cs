using LayerDiffusion.Onnx.Autoencoding;

namespace LayerDiffusion.Onnx;

/// <content>What encoders and decoders see at once.</content>
internal sealed partial class GenerationJob
{
    private List<TiledPlanes.Tile> Tiles() => TiledPlanes.Layout(this.size.NetworkHeight, this.size.NetworkWidth, this.options.TileSize, this.options.TileOverlap);

    /// <summary>Computes planes of the networks' whole picture, in tiles where the options ask for them.</summary>
    private float[] InTiles(int channels, int pixelsPerSample, Func<TiledPlanes.Tile, float[]> compute) =>
        TiledPlanes.Compute(this.Tiles(), this.size.NetworkHeight, this.size.NetworkWidth, channels, pixelsPerSample, compute, this.cancellationToken);

    private bool IsWhole(TiledPlanes.Tile tile) => tile.Height == this.size.NetworkHeight && tile.Width == this.size.NetworkWidth;

    /// <summary>What a tile shows of planes; the planes themselves where it is the whole picture.</summary>
    private float[] Cut(float[] planes, TiledPlanes.Tile tile, int pixelsPerSample)
    {
        if (this.IsWhole(tile))
        {
            return planes;
        }

        TiledPlanes.Tile place = tile.Reduce(pixelsPerSample);
        return PixelPlanes.Crop(
            planes, this.size.NetworkHeight / pixelsPerSample, this.size.NetworkWidth / pixelsPerSample, place.Top, place.Left, place.Height, place.Width);
    }
}
