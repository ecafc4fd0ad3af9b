namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// One bin of the maximal-rectangles method (Jylänki 2010, "A Thousand Ways to Pack the Bin"): all largest free rectangles are kept;
/// placing a cell splits each it touches into at most four, and those contained in others are dropped.
/// </summary>
internal sealed class MaxRectsBin
{
    private readonly List<Free> free = [];
    private readonly List<Free> fresh = [];

    public MaxRectsBin(int width, int height) => this.free.Add(new Free(0, 0, width, height));

    /// <summary>Finds the best place for a cell without taking it; a smaller score is better.</summary>
    public bool TryFind(int width, int height, bool mayTurn, MaxRectsHeuristic heuristic, out PackedCell place, out long score)
    {
        place = default;
        score = long.MaxValue;
        foreach (Free rectangle in this.free)
        {
            Consider(rectangle, width, height, turned: false, heuristic, ref place, ref score);
            if (mayTurn && width != height)
            {
                Consider(rectangle, height, width, turned: true, heuristic, ref place, ref score);
            }
        }

        return score != long.MaxValue;
    }

    /// <summary>Takes a place that <see cref="TryFind"/> found.</summary>
    public void Take(in PackedCell cell)
    {
        this.fresh.Clear();
        int kept = 0;
        for (int i = 0; i < this.free.Count; i++)
        {
            Free rectangle = this.free[i];
            if (cell.X >= rectangle.Right || cell.X + cell.Width <= rectangle.X || cell.Y >= rectangle.Bottom || cell.Y + cell.Height <= rectangle.Y)
            {
                this.free[kept++] = rectangle;
                continue;
            }

            this.Split(rectangle, cell);
        }

        this.free.RemoveRange(kept, this.free.Count - kept);

        // Old rectangles never lie inside fresh ones: a fresh one is part of an old one that is gone, and the old ones did not contain each other.
        for (int i = 0; i < this.fresh.Count; i++)
        {
            if (!this.IsCovered(i, kept))
            {
                this.free.Add(this.fresh[i]);
            }
        }
    }

    private static void Consider(in Free rectangle, int width, int height, bool turned, MaxRectsHeuristic heuristic, ref PackedCell place, ref long score)
    {
        int across = rectangle.Width - width;
        int down = rectangle.Height - height;
        if (across < 0 || down < 0)
        {
            return;
        }

        long shorter = Math.Min(across, down);
        long first = heuristic switch
        {
            MaxRectsHeuristic.BestShortSide => shorter,
            MaxRectsHeuristic.BestArea => ((long)rectangle.Width * rectangle.Height) - ((long)width * height),
            _ => rectangle.Y + height,
        };
        long second = heuristic switch
        {
            MaxRectsHeuristic.BestShortSide => Math.Max(across, down),
            MaxRectsHeuristic.BestArea => shorter,
            _ => rectangle.X,
        };
        long candidate = (first << 20) + second;
        if (candidate < score)
        {
            score = candidate;
            place = new PackedCell(-1, rectangle.X, rectangle.Y, width, height, turned);
        }
    }

    private void Split(in Free rectangle, in PackedCell cell)
    {
        if (cell.Y > rectangle.Y)
        {
            this.fresh.Add(rectangle with { Height = cell.Y - rectangle.Y });
        }

        int cellBottom = cell.Y + cell.Height;
        if (cellBottom < rectangle.Bottom)
        {
            this.fresh.Add(rectangle with { Y = cellBottom, Height = rectangle.Bottom - cellBottom });
        }

        if (cell.X > rectangle.X)
        {
            this.fresh.Add(rectangle with { Width = cell.X - rectangle.X });
        }

        int cellRight = cell.X + cell.Width;
        if (cellRight < rectangle.Right)
        {
            this.fresh.Add(rectangle with { X = cellRight, Width = rectangle.Right - cellRight });
        }
    }

    private bool IsCovered(int index, int kept)
    {
        Free rectangle = this.fresh[index];
        for (int i = 0; i < kept; i++)
        {
            if (this.free[i].Contains(rectangle))
            {
                return true;
            }
        }

        for (int i = 0; i < this.fresh.Count; i++)
        {
            // Of equal ones the first stays.
            if (i != index && this.fresh[i].Contains(rectangle) && (i < index || !rectangle.Contains(this.fresh[i])))
            {
                return true;
            }
        }

        return false;
    }

    private readonly record struct Free(int X, int Y, int Width, int Height)
    {
        public int Right => this.X + this.Width;

        public int Bottom => this.Y + this.Height;

        public bool Contains(in Free other) => other.X >= this.X && other.Y >= this.Y && other.Right <= this.Right && other.Bottom <= this.Bottom;
    }
}
