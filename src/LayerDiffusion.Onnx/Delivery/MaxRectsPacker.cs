namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Packs cells into pages as small as it can find: several orders and heuristics of <see cref="MaxRectsBin"/> over several page sizes.
/// Equal input gives equal output on every machine.
/// </summary>
internal sealed class MaxRectsPacker
{
    private readonly AtlasOptions options;
    private readonly int spacing;
    private readonly int granularity;

    public MaxRectsPacker(AtlasOptions options)
    {
        this.options = options;
        this.spacing = options.Spacing;
        this.granularity = options.BlockSize;
    }

    /// <summary>Packs all cells, whose sizes already include the spacing at their right and bottom and are multiples of the block size.</summary>
    /// <returns>Pages with their size and cells; every cell is on exactly one.</returns>
    public List<Page> Pack(IReadOnlyList<PackedCell> cells, IReadOnlyList<bool> mayTurn)
    {
        List<Page> pages = [];
        List<PackedCell> remaining = [.. cells];
        while (remaining.Count > 0)
        {
            if (this.SmallestPage(remaining, mayTurn) is Page page)
            {
                pages.Add(page);
                break;
            }

            Page full = this.FillPage(remaining, mayTurn);
            pages.Add(full);
            HashSet<int> placed = [];
            foreach (PackedCell cell in full.Cells)
            {
                placed.Add(cell.Index);
            }

            remaining.RemoveAll(cell => placed.Contains(cell.Index));
        }

        return pages;
    }

    private static List<PackedCell> Sorted(List<PackedCell> cells, int order)
    {
        List<PackedCell> sorted = [.. cells];
        sorted.Sort((a, b) =>
        {
            int result = order switch
            {
                0 => Math.Max(b.Width, b.Height).CompareTo(Math.Max(a.Width, a.Height)),
                1 => ((long)b.Width * b.Height).CompareTo((long)a.Width * a.Height),
                2 => b.Height.CompareTo(a.Height),
                _ => b.Width.CompareTo(a.Width),
            };
            result = result != 0 ? result : Math.Min(b.Width, b.Height).CompareTo(Math.Min(a.Width, a.Height));
            result = result != 0 ? result : ((long)b.Width * b.Height).CompareTo((long)a.Width * a.Height);
            return result != 0 ? result : a.Index.CompareTo(b.Index);
        });
        return sorted;
    }

    private static List<PackedCell>? TryPlace(List<PackedCell> sorted, IReadOnlyList<bool> mayTurn, int width, int height, MaxRectsHeuristic heuristic, bool needAll)
    {
        MaxRectsBin bin = new(width, height);
        List<PackedCell> placed = new(sorted.Count);
        foreach (PackedCell cell in sorted)
        {
            if (bin.TryFind(cell.Width, cell.Height, mayTurn[cell.Index], heuristic, out PackedCell place, out _))
            {
                bin.Take(place);
                placed.Add(place with { Index = cell.Index });
            }
            else if (needAll)
            {
                return null;
            }
        }

        return placed;
    }

    private Page? SmallestPage(List<PackedCell> cells, IReadOnlyList<bool> mayTurn)
    {
        long area = 0;
        int narrowest = 1;
        foreach (PackedCell cell in cells)
        {
            area += (long)cell.Width * cell.Height;
            narrowest = Math.Max(narrowest, (mayTurn[cell.Index] ? Math.Min(cell.Width, cell.Height) : cell.Width) - this.spacing);
        }

        List<(List<PackedCell> Cells, MaxRectsHeuristic Heuristic)> strategies = [];
        int orders = cells.Count <= 400 ? 4 : cells.Count <= 1500 ? 2 : 1;
        for (int order = 0; order < orders; order++)
        {
            List<PackedCell> sorted = Sorted(cells, order);
            strategies.Add((sorted, MaxRectsHeuristic.BestShortSide));
            if (cells.Count <= 1500)
            {
                strategies.Add((sorted, MaxRectsHeuristic.BestArea));
            }

            if (cells.Count <= 400)
            {
                strategies.Add((sorted, MaxRectsHeuristic.BottomLeft));
            }
        }

        return this.options.PowerOfTwo
            ? this.SmallestPowerOfTwo(strategies, mayTurn, area)
            : this.SmallestFree(strategies, mayTurn, area, narrowest, cells.Count);
    }

    private Page? SmallestPowerOfTwo(List<(List<PackedCell> Cells, MaxRectsHeuristic Heuristic)> strategies, IReadOnlyList<bool> mayTurn, long area)
    {
        List<(int Width, int Height)> sizes = [];
        for (int width = this.granularity; width <= this.options.MaximumWidth; width *= 2)
        {
            for (int height = this.granularity; height <= this.options.MaximumHeight; height *= 2)
            {
                if ((long)(width + this.spacing) * (height + this.spacing) >= area)
                {
                    sizes.Add((width, height));
                }
            }
        }

        sizes.Sort((a, b) =>
        {
            int result = ((long)a.Width * a.Height).CompareTo((long)b.Width * b.Height);
            result = result != 0 ? result : Math.Abs(a.Width - a.Height).CompareTo(Math.Abs(b.Width - b.Height));
            return result != 0 ? result : b.Width.CompareTo(a.Width);
        });
        foreach ((int width, int height) in sizes)
        {
            foreach ((List<PackedCell> sorted, MaxRectsHeuristic heuristic) in strategies)
            {
                if (TryPlace(sorted, mayTurn, width + this.spacing, height + this.spacing, heuristic, needAll: true) is { } placed)
                {
                    return new Page(width, height, placed);
                }
            }
        }

        return null;
    }

    private Page? SmallestFree(
        List<(List<PackedCell> Cells, MaxRectsHeuristic Heuristic)> strategies, IReadOnlyList<bool> mayTurn, long area, int narrowest, int count)
    {
        int tallest = this.RoundDown(this.options.MaximumHeight);
        Page? best = null;
        foreach (int width in this.CandidateWidths(area, narrowest, count))
        {
            foreach ((List<PackedCell> sorted, MaxRectsHeuristic heuristic) in strategies)
            {
                // Only a page smaller than the best so far is of interest.
                int high = best is null ? tallest : this.RoundDown((int)Math.Min(tallest, (((long)best.Width * best.Height) - 1) / width));
                int low = Math.Max(this.granularity, this.RoundUp((int)Math.Min(int.MaxValue / 2, (area / (width + this.spacing)) - this.spacing)));
                if (high < low || TryPlace(sorted, mayTurn, width + this.spacing, high + this.spacing, heuristic, needAll: true) is not { } placed)
                {
                    continue;
                }

                while (low < high)
                {
                    int middle = this.RoundDown((low + high) / 2);
                    if (TryPlace(sorted, mayTurn, width + this.spacing, middle + this.spacing, heuristic, needAll: true) is { } tighter)
                    {
                        (high, placed) = (middle, tighter);
                    }
                    else
                    {
                        low = middle + this.granularity;
                    }
                }

                best = new Page(width, this.UsedHeight(placed), placed);
            }
        }

        return best;
    }

    private List<int> CandidateWidths(long area, int narrowest, int count)
    {
        int wanted = count <= 128 ? 40 : count <= 400 ? 10 : 4;
        double side = Math.Sqrt(area);
        int widest = this.RoundDown(this.options.MaximumWidth);
        int least = this.RoundUp(narrowest);
        List<int> widths = [];
        for (int i = 0; i < wanted; i++)
        {
            int width = this.RoundUp((int)(side * (0.7 + (1.1 * i / wanted))));
            width = Math.Min(Math.Max(width, least), widest);
            if (!widths.Contains(width))
            {
                widths.Add(width);
            }
        }

        if (!widths.Contains(widest))
        {
            widths.Add(widest);
        }

        return widths;
    }

    private Page FillPage(List<PackedCell> cells, IReadOnlyList<bool> mayTurn)
    {
        int width = this.LargestSide(this.options.MaximumWidth);
        int height = this.LargestSide(this.options.MaximumHeight);
        List<PackedCell> best = [];
        long bestArea = 0;
        for (int order = 0; order < 2; order++)
        {
            foreach (MaxRectsHeuristic heuristic in (ReadOnlySpan<MaxRectsHeuristic>)[MaxRectsHeuristic.BestShortSide, MaxRectsHeuristic.BestArea])
            {
                List<PackedCell> placed = TryPlace(Sorted(cells, order), mayTurn, width + this.spacing, height + this.spacing, heuristic, needAll: false)!;
                long area = 0;
                foreach (PackedCell cell in placed)
                {
                    area += (long)cell.Width * cell.Height;
                }

                if (area > bestArea)
                {
                    (best, bestArea) = (placed, area);
                }
            }
        }

        return new Page(width, this.options.PowerOfTwo ? height : this.UsedHeight(best), best);
    }

    /// <summary>Gets the largest side that a page may have under a limit.</summary>
    internal int LargestSide(int limit)
    {
        if (!this.options.PowerOfTwo)
        {
            return this.RoundDown(limit);
        }

        int side = 1;
        while (side * 2 <= limit)
        {
            side *= 2;
        }

        return side >= this.granularity ? side : 0;
    }

    private int UsedHeight(List<PackedCell> cells)
    {
        int used = 0;
        foreach (PackedCell cell in cells)
        {
            used = Math.Max(used, cell.Y + cell.Height);
        }

        return this.RoundUp(used - this.spacing);
    }

    private int RoundUp(int value) => this.options.RoundUp(value);

    private int RoundDown(int value) => value / this.granularity * this.granularity;

    /// <summary>A page of a size with its cells.</summary>
    internal sealed record Page(int Width, int Height, List<PackedCell> Cells);
}
