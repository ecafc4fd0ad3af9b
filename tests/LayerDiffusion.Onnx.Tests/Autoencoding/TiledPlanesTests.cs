using LayerDiffusion.Onnx.Autoencoding;

namespace LayerDiffusion.Onnx.Tests.Autoencoding;

/// <summary>Tiles put together, at the resolution of pictures and of latents.</summary>
public sealed class TiledPlanesTests
{
    [Theory]
    [InlineData(128, 64, 0, 64)]
    [InlineData(128, 192, 192, 96)]
    [InlineData(64, 64, 128, 0)]
    public void Compute_OneTile_IsWhatTheNetworkGave(int height, int width, int tileSize, int overlap)
    {
        float[] given = new float[3 * (height / 8) * (width / 8)];

        float[] planes = TiledPlanes.Compute(TiledPlanes.Layout(height, width, tileSize, overlap), height, width, 3, 8, _ => given, CancellationToken.None);

        Assert.Same(given, planes);
    }

    [Theory]
    [InlineData(640, 448, 256, 64, 8)]
    [InlineData(448, 640, 256, 128, 8)]
    [InlineData(1024, 192, 128, 0, 8)]
    [InlineData(704, 704, 128, 64, 8)]
    [InlineData(320, 192, 128, 64, 1)]
    public void Compute_OfAConstant_IsTheConstant(int height, int width, int tileSize, int overlap, int pixelsPerSample)
    {
        float[] planes = TiledPlanes.Compute(
            TiledPlanes.Layout(height, width, tileSize, overlap),
            height,
            width,
            2,
            pixelsPerSample,
            tile => [.. Enumerable.Range(0, 2).SelectMany(channel => Enumerable.Repeat(channel - 0.7f, tile.Height / pixelsPerSample * (tile.Width / pixelsPerSample)))],
            CancellationToken.None);

        // Weights are multiplied and divided out again, each rounded to float32, up to four times a sample.
        int plane = height / pixelsPerSample * (width / pixelsPerSample);
        Close.Assert([.. Enumerable.Range(0, 2 * plane).Select(i => (i / plane) - 0.7f)], planes, 0, 1e-6);
    }

    [Theory]
    [InlineData(640, 448, 256, 64)]
    [InlineData(192, 1024, 128, 0)]
    [InlineData(704, 320, 192, 96)]
    public void Compute_TilesThatAgreeAtLatentResolution_GivesTheWhole(int height, int width, int tileSize, int overlap)
    {
        (int rows, int columns) = (height / 8, width / 8);
        float[] whole = [.. Enumerable.Range(0, 2 * rows * columns).Select(i => (float)i)];

        float[] planes = TiledPlanes.Compute(
            TiledPlanes.Layout(height, width, tileSize, overlap),
            height,
            width,
            2,
            8,
            tile => PixelPlanes.Crop(whole, rows, columns, tile.Top / 8, tile.Left / 8, tile.Height / 8, tile.Width / 8),
            CancellationToken.None);

        // As above.
        Close.Assert(whole, planes, 0, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public void Compute_TilesThatDiffer_GoesFromOneToTheOtherInAStraightLine(int pixelsPerSample)
    {
        List<TiledPlanes.Tile> tiles = TiledPlanes.Layout(64, 192, 128, 64);
        Assert.Equal([new(0, 0, 64, 128), new(0, 64, 64, 128)], tiles);

        float[] planes = TiledPlanes.Compute(
            tiles,
            64,
            192,
            1,
            pixelsPerSample,
            tile => [.. Enumerable.Repeat(tile.Left == 0 ? 0f : 1f, 64 * 128 / (pixelsPerSample * pixelsPerSample))],
            CancellationToken.None);

        int third = 64 / pixelsPerSample;
        float[] line = [.. Enumerable.Range(0, 3 * third).Select(x => Math.Clamp((x - third + 0.5f) / third, 0, 1))];

        // One multiplication and one division in float32.
        Close.Assert([.. Enumerable.Repeat(line, third).SelectMany(row => row)], planes, 1e-6);
    }

    [Fact]
    public void Compute_CancelledInATile_BeginsNoOther()
    {
        using CancellationTokenSource source = new();
        int begun = 0;

        OperationCanceledException exception = Assert.Throws<OperationCanceledException>(() => TiledPlanes.Compute(
            TiledPlanes.Layout(128, 256, 128, 0),
            128,
            256,
            1,
            8,
            _ =>
            {
                begun++;
                source.Cancel();
                return new float[16 * 16];
            },
            source.Token));

        Assert.Equal((1, source.Token), (begun, exception.CancellationToken));
    }
}
