using System.Runtime.CompilerServices;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Spreads colour from the solid pixels of a straight picture outwards, ring by ring: a pixel of the first ring takes the mean of its solid
/// neighbours weighted by their alpha, one of a later ring the mean of its neighbours in the ring before. Alpha stays.
/// </summary>
internal ref struct ColorDilation
{
    // Neighbours at the sides weigh twice as much as those at the corners.
    private const int SideWeight = 2;
    private const int CornerWeight = 1;

    private readonly Span<byte> pixels;
    private readonly int width;
    private readonly int stride;
    private readonly byte[] rings;
    private List<int> frontier = [];
    private List<int> next = [];

    private ColorDilation(RgbaImage image, int solidAlpha)
    {
        this.pixels = image.Span;
        this.width = image.Width;

        // A border of one cell, so that neighbours need no check; it counts as waiting forever.
        this.stride = image.Width + 2;
        this.rings = new byte[this.stride * (image.Height + 2)];
        Array.Fill(this.rings, Cell.Border);
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.GetRow(y);
            Span<byte> cells = this.rings.AsSpan(((y + 1) * this.stride) + 1, this.width);
            for (int x = 0; x < cells.Length; x++)
            {
                cells[x] = row[(4 * x) + 3] >= solidAlpha ? Cell.Filled : Cell.Empty;
            }
        }
    }

    /// <summary>Changes the colour of all pixels with less than <paramref name="solidAlpha"/> that lie within <paramref name="distance"/> pixels of one with at least it.</summary>
    public static void Run(RgbaImage image, int solidAlpha, int distance)
    {
        if (distance == 0)
        {
            return;
        }

        ColorDilation dilation = new(image, solidAlpha);
        dilation.FindFirstRing(image.Height);
        for (int ring = 1; dilation.frontier.Count > 0; ring++)
        {
            dilation.FillRing(weighByAlpha: ring == 1);
            dilation.FindNextRing(last: ring == distance);
        }
    }

    private static bool Touches(ReadOnlySpan<byte> cells, int stride, int cell)
        => cells[cell - 1] == Cell.Filled || cells[cell + 1] == Cell.Filled
        || cells[cell - stride] == Cell.Filled || cells[cell + stride] == Cell.Filled
        || cells[cell - stride - 1] == Cell.Filled || cells[cell - stride + 1] == Cell.Filled
        || cells[cell + stride - 1] == Cell.Filled || cells[cell + stride + 1] == Cell.Filled;

    private readonly int PixelOf(int cell) => 4 * ((((cell / this.stride) - 1) * this.width) + (cell % this.stride) - 1);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void FindFirstRing(int height)
    {
        for (int y = 1; y <= height; y++)
        {
            int end = (y * this.stride) + this.width;
            for (int cell = (y * this.stride) + 1; cell <= end; cell++)
            {
                // Long stretches without an empty cell are common: skip them at once.
                int skip = this.rings.AsSpan(cell, end - cell + 1).IndexOf(Cell.Empty);
                if (skip < 0)
                {
                    break;
                }

                cell += skip;
                if (Touches(this.rings, this.stride, cell))
                {
                    this.frontier.Add(cell);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void FillRing(bool weighByAlpha)
    {
        ReadOnlySpan<int> offsets = [-1, 1, -this.stride, this.stride, -this.stride - 1, -this.stride + 1, this.stride - 1, this.stride + 1];
        foreach (int cell in this.frontier)
        {
            int pixel = this.PixelOf(cell);
            (int red, int green, int blue, int total) = (0, 0, 0, 0);
            for (int i = 0; i < offsets.Length; i++)
            {
                if (this.rings[cell + offsets[i]] != Cell.Filled)
                {
                    continue;
                }

                int neighbour = this.PixelOf(cell + offsets[i]);
                int weight = i < 4 ? SideWeight : CornerWeight;
                weight *= weighByAlpha ? this.pixels[neighbour + 3] : 1;
                red += weight * this.pixels[neighbour];
                green += weight * this.pixels[neighbour + 1];
                blue += weight * this.pixels[neighbour + 2];
                total += weight;
            }

            this.pixels[pixel] = (byte)((red + (total / 2)) / total);
            this.pixels[pixel + 1] = (byte)((green + (total / 2)) / total);
            this.pixels[pixel + 2] = (byte)((blue + (total / 2)) / total);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindNextRing(bool last)
    {
        // Only after the whole ring has its colours do its cells become sources.
        foreach (int cell in this.frontier)
        {
            this.rings[cell] = Cell.Filled;
        }

        this.next.Clear();
        ReadOnlySpan<int> offsets = [-1, 1, -this.stride, this.stride, -this.stride - 1, -this.stride + 1, this.stride - 1, this.stride + 1];
        foreach (int cell in last ? [] : this.frontier)
        {
            foreach (int offset in offsets)
            {
                if (this.rings[cell + offset] == Cell.Empty)
                {
                    this.rings[cell + offset] = Cell.Waiting;
                    this.next.Add(cell + offset);
                }
            }
        }

        (this.frontier, this.next) = (this.next, this.frontier);
    }

    private static class Cell
    {
        public const byte Empty = 0;
        public const byte Filled = 1;
        public const byte Waiting = 2;
        public const byte Border = 3;
    }
}
