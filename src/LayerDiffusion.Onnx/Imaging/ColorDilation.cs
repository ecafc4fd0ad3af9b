using System.Runtime.InteropServices;

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

    // Each row of cells has two more than the row of pixels.
    private readonly int PixelOf(int cell) => cell - this.stride + 1 - (2 * (cell / this.stride));

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

    private readonly void FillRing(bool weighByAlpha)
    {
        ReadOnlySpan<int> offsets = [-1, 1, -this.stride, this.stride, -this.stride - 1, -this.stride + 1, this.stride - 1, this.stride + 1];
        ReadOnlySpan<int> pixelOffsets = [-1, 1, -this.width, this.width, -this.width - 1, -this.width + 1, this.width - 1, this.width + 1];
        Span<uint> colors = MemoryMarshal.Cast<byte, uint>(this.pixels);
        foreach (int cell in CollectionsMarshal.AsSpan(this.frontier))
        {
            int pixel = this.PixelOf(cell);
            (int red, int green, int blue, int total) = (0, 0, 0, 0);
            for (int i = 0; i < offsets.Length; i++)
            {
                if (this.rings[cell + offsets[i]] != Cell.Filled)
                {
                    continue;
                }

                uint neighbour = colors[pixel + pixelOffsets[i]];
                int weight = i < 4 ? SideWeight : CornerWeight;
                weight *= weighByAlpha ? (int)(neighbour >> 24) : 1;
                red += weight * (int)(neighbour & 255);
                green += weight * (int)((neighbour >> 8) & 255);
                blue += weight * (int)((neighbour >> 16) & 255);
                total += weight;
            }

            uint color = (uint)((red + (total / 2)) / total) | ((uint)((green + (total / 2)) / total) << 8) | ((uint)((blue + (total / 2)) / total) << 16);
            colors[pixel] = (colors[pixel] & 0xFF000000) | color;
        }
    }

    private void FindNextRing(bool last)
    {
        // Only after the whole ring has its colours do its cells become sources.
        foreach (int cell in CollectionsMarshal.AsSpan(this.frontier))
        {
            this.rings[cell] = Cell.Filled;
        }

        this.next.Clear();
        ReadOnlySpan<int> offsets = [-1, 1, -this.stride, this.stride, -this.stride - 1, -this.stride + 1, this.stride - 1, this.stride + 1];
        foreach (int cell in last ? [] : CollectionsMarshal.AsSpan(this.frontier))
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
