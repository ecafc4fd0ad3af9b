namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// The skyline method with best fit: the lowest gap of the outline gets the cell that fills it best, as the walls beside it and its width say
/// (Burke, Kendall and Whitwell 2004; scores after Leung, Zhang and Sim 2011). Where cells fit equally well, the first in the order given is taken.
/// </summary>
internal sealed class SkylineStrip(int cellCount)
{
    private const int PerfectFit = 5;

    private readonly bool[] used = new bool[cellCount];
    private readonly Segment[] segments = new Segment[(2 * cellCount) + 1];
    private int count;

    /// <summary>Gets how many times a cell was tried in a gap so far: a measure of work that is the same on every machine.</summary>
    public long Looks { get; private set; }

    /// <summary>Places cells in a strip.</summary>
    /// <param name="cells">The cells in the order of preference.</param>
    /// <param name="mayTurn">Which may be turned, by their <see cref="PackedCell.Index"/>.</param>
    /// <param name="width">Width of the strip.</param>
    /// <param name="height">Height that no cell may exceed.</param>
    /// <param name="placed">Gets the places, unless it is null.</param>
    /// <returns>The height used, or -1 if not all cells found a place.</returns>
    public int Place(IReadOnlyList<PackedCell> cells, IReadOnlyList<bool> mayTurn, int width, int height, List<PackedCell>? placed)
    {
        Array.Clear(this.used);
        this.segments[0] = new Segment(0, 0, width);
        this.count = 1;
        int first = 0;
        int top = 0;
        for (int left = cells.Count; left > 0;)
        {
            int lowest = this.Lowest();
            Segment gap = this.segments[lowest];
            int leftWall = (lowest == 0 ? height : this.segments[lowest - 1].Y) - gap.Y;
            int rightWall = (lowest == this.count - 1 ? height : this.segments[lowest + 1].Y) - gap.Y;
            while (this.used[first])
            {
                first++;
            }

            if (!this.TryFind(cells, mayTurn, first, gap, height, leftWall, rightWall, out int at, out bool turned))
            {
                if (this.count == 1)
                {
                    return -1;
                }

                this.Raise(lowest);
                continue;
            }

            PackedCell cell = cells[at];
            (int cellWidth, int cellHeight) = turned ? (cell.Height, cell.Width) : (cell.Width, cell.Height);
            bool atLeft = leftWall >= rightWall;
            placed?.Add(new PackedCell(cell.Index, atLeft ? gap.X : gap.X + gap.Width - cellWidth, gap.Y, cellWidth, cellHeight, turned));
            this.used[at] = true;
            left--;
            top = Math.Max(top, gap.Y + cellHeight);
            this.Cover(lowest, cellWidth, gap.Y + cellHeight, atLeft);
        }

        return top;
    }

    private static int Score(int width, int height, int gap, int leftWall, int rightWall)
    {
        if (width == gap)
        {
            return height == leftWall && height == rightWall ? PerfectFit : height == leftWall || height == rightWall ? 4 : 3;
        }

        // The cell goes to the higher wall; levelled with it, the outline stays simple.
        return height == Math.Max(leftWall, rightWall) ? 2 : height == Math.Min(leftWall, rightWall) ? 1 : 0;
    }

    private int Lowest()
    {
        int lowest = 0;
        for (int i = 1; i < this.count; i++)
        {
            lowest = this.segments[i].Y < this.segments[lowest].Y ? i : lowest;
        }

        return lowest;
    }

    private bool TryFind(IReadOnlyList<PackedCell> cells, IReadOnlyList<bool> mayTurn, int first, in Segment gap, int height, int leftWall, int rightWall, out int at, out bool turned)
    {
        (at, turned) = (-1, false);
        int best = -1;
        for (int i = first; i < cells.Count && best < PerfectFit; i++)
        {
            if (this.used[i])
            {
                continue;
            }

            this.Looks++;
            PackedCell cell = cells[i];
            if (cell.Width <= gap.Width && gap.Y + cell.Height <= height)
            {
                int score = Score(cell.Width, cell.Height, gap.Width, leftWall, rightWall);
                if (score > best)
                {
                    (best, at, turned) = (score, i, false);
                }
            }

            if (cell.Width != cell.Height && mayTurn[cell.Index] && cell.Height <= gap.Width && gap.Y + cell.Width <= height)
            {
                int score = Score(cell.Height, cell.Width, gap.Width, leftWall, rightWall);
                if (score > best)
                {
                    (best, at, turned) = (score, i, true);
                }
            }
        }

        return at >= 0;
    }

    /// <summary>Gives up a gap: it is levelled with its lower neighbour.</summary>
    private void Raise(int index)
    {
        int leftLevel = index == 0 ? int.MaxValue : this.segments[index - 1].Y;
        int rightLevel = index == this.count - 1 ? int.MaxValue : this.segments[index + 1].Y;
        this.segments[index] = this.segments[index] with { Y = Math.Min(leftLevel, rightLevel) };
        this.Join(index);
    }

    /// <summary>Raises a part of a gap, at its left or right end, to a level.</summary>
    private void Cover(int index, int width, int level, bool atLeft)
    {
        Segment gap = this.segments[index];
        if (width < gap.Width)
        {
            Array.Copy(this.segments, index, this.segments, index + 1, this.count - index);
            this.count++;
            int rest = gap.Width - width;
            this.segments[index] = gap with { Width = atLeft ? width : rest };
            this.segments[index + 1] = new Segment(gap.X + (atLeft ? width : rest), gap.Y, atLeft ? rest : width);
            index += atLeft ? 0 : 1;
        }

        this.segments[index] = this.segments[index] with { Y = level };
        this.Join(index);
    }

    /// <summary>Joins a segment with neighbours of the same level.</summary>
    private void Join(int index)
    {
        if (index + 1 < this.count && this.segments[index + 1].Y == this.segments[index].Y)
        {
            this.RemoveAfter(index);
        }

        if (index > 0 && this.segments[index - 1].Y == this.segments[index].Y)
        {
            this.RemoveAfter(index - 1);
        }
    }

    private void RemoveAfter(int index)
    {
        this.segments[index] = this.segments[index] with { Width = this.segments[index].Width + this.segments[index + 1].Width };
        Array.Copy(this.segments, index + 2, this.segments, index + 1, this.count - index - 2);
        this.count--;
    }

    private readonly record struct Segment(int X, int Y, int Width);
}
