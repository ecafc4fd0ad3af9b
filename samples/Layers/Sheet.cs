using System.IO.Compression;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayersSample;

/// <summary>Pictures in a grid over a checkerboard, enlarged without smoothing, to look at.</summary>
internal static class Sheet
{
    private const int SquareSide = 8;
    private const byte Light = 216;
    private const byte Dark = 168;

    /// <summary>Saves pictures of equal size as one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Pictures in a row.</param>
    /// <param name="scale">How many times each side is enlarged.</param>
    /// <param name="pictures">The pictures, row by row.</param>
    public static void Save(string path, int columns, int scale, IReadOnlyList<RgbaImage> pictures)
    {
        (int width, int height) = (pictures[0].Width, pictures[0].Height);
        int rows = (pictures.Count + columns - 1) / columns;
        RgbaImage board = Checkerboard(columns * width, rows * height);
        IEnumerable<Layer> cells = pictures.Select((picture, index) => new Layer($"Picture {index + 1}", picture, index % columns * width, index / columns * height));
        RgbaImage sheet = new LayerStack(board.Width, board.Height, [new Layer("Checkerboard", board), .. cells]).Flatten();
        sheet.Resize(scale * sheet.Width, scale * sheet.Height, ResamplingFilter.Nearest).SavePng(path, PngOptions.Default with { Compression = CompressionLevel.SmallestSize });
    }

    private static RgbaImage Checkerboard(int width, int height)
    {
        RgbaImage board = new(width, height);
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = board.GetRow(y);
            for (int x = 0; x < width; x++)
            {
                byte grey = ((x / SquareSide) + (y / SquareSide)) % 2 == 0 ? Light : Dark;
                row.Slice(4 * x, 4).Fill(grey);
                row[(4 * x) + 3] = byte.MaxValue;
            }
        }

        return board;
    }
}
