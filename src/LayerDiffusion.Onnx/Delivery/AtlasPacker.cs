namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Packs cells into pages as small as it can find: several orders and heuristics of <see cref="MaxRectsBin"/> and <see cref="SkylineSearch"/> over several page sizes;
/// the smaller page is taken. Equal input gives equal output on every machine.
/// </summary>
internal sealed class AtlasPacker
{
    /// <summary>From how many cells on only the skyline is tried: the rectangles of many cells take long to keep, and the skyline packs many cells as well.</summary>
    private const int ManyCells = 1500;

    private readonly AtlasOptions options;
    private readonly int spacing;
    private readonly int granularity;

    public AtlasPacker(AtlasOptions options)
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
        int orders = cells.Count <= 400 ? 4 : cells.Count <= ManyCells ? 2 : 0;
        for (int order = 0; order < orders; order++)
        {
            List<PackedCell> sorted = Sorted(cells, order);
            strategies.Add((sorted, MaxRectsHeuristic.BestShortSide));
            strategies.Add((sorted, MaxRectsHeuristic.BestArea));
            if (cells.Count <= 400)
            {
                strategies.Add((sorted, MaxRectsHeuristic.BottomLeft));
            }
        }

        SkylineSearch skyline = new(cells, mayTurn);
        if (this.options.PowerOfTwo)
        {
            return this.SmallestPowerOfTwo(strategies, skyline, mayTurn, area);
        }

        Page? byRectangles = this.SmallestFree(strategies, mayTurn, area, narrowest, cells.Count);
        Page? bySkyline = this.SmallestBySkyline(skyline, area, narrowest);
        return byRectangles is null || (bySkyline is not null && bySkyline.Area < byRectangles.Area) ? bySkyline : byRectangles;
    }

    private Page? SmallestPowerOfTwo(
        List<(List<PackedCell> Cells, MaxRectsHeuristic Heuristic)> strategies, SkylineSearch skyline, IReadOnlyList<bool> mayTurn, long area)
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

            if (skyline.Fit(width + this.spacing, height + this.spacing) is { } fitted)
            {
                return new Page(width, height, fitted);
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

                best = this.Cropped(placed);
            }
        }

        return best;
    }

    private Page? SmallestBySkyline(SkylineSearch skyline, long area, int narrowest)
    {
        const int Steps = 60;
        int widest = this.RoundDown(this.options.MaximumWidth);
        int tallest = this.RoundDown(this.options.MaximumHeight) + this.spacing;
        if (area > (long)(widest + this.spacing) * tallest)
        {
            return null;
        }

        // From about square outwards to 1 : 2 and 2 : 1, so that a search that must stop early has seen the likely ones; the widest second, where cells fit if they fit at all.
        double side = Math.Sqrt(area);
        int least = this.RoundUp(narrowest);
        List<int> widths = [];
        for (int i = 0; i < Steps; i++)
        {
            double factor = i % 2 == 0 ? 1 + (0.42 * i / Steps) : 1 - (0.3 * i / Steps);
            int width = (i == 1 ? widest : Math.Min(Math.Max(this.RoundUp((int)(side * factor)), least), widest)) + this.spacing;
            if (!widths.Contains(width))
            {
                widths.Add(width);
            }
        }

        return skyline.Smallest(widths, tallest, (width, used) => (long)(width - this.spacing) * this.RoundUp(used - this.spacing)) is { } found
            ? this.Cropped(found.Cells)
            : null;
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
        for (int order = 0; order < 2 && cells.Count <= ManyCells; order++)
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

        List<PackedCell> bySkyline = new SkylineSearch(cells, mayTurn).Fill(width + this.spacing, height + this.spacing);
        best = bySkyline.Sum(cell => (long)cell.Width * cell.Height) > bestArea ? bySkyline : best;
        return this.options.PowerOfTwo ? new Page(width, height, best) : this.Cropped(best);
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

    private Page Cropped(List<PackedCell> cells)
    {
        int width = 0;
        int height = 0;
        foreach (PackedCell cell in cells)
        {
            width = Math.Max(width, cell.X + cell.Width);
            height = Math.Max(height, cell.Y + cell.Height);
        }

        return new Page(this.RoundUp(width - this.spacing), this.RoundUp(height - this.spacing), cells);
    }

    private int RoundUp(int value) => this.options.RoundUp(value);

    private int RoundDown(int value) => value / this.granularity * this.granularity;

    /// <summary>A page of a size with its cells.</summary>
    internal sealed record Page(int Width, int Height, List<PackedCell> Cells)
    {
        public long Area => (long)this.Width * this.Height;
    }
}
