namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Looks for small pages with <see cref="SkylineStrip"/>: several orders of the cells, then exchanges of two cells in the most promising ones, kept where the strip does
/// not get higher. The work is bounded by a count, not by time, so that equal input gives equal output on every machine.
/// </summary>
internal sealed class SkylineSearch
{
    /// <summary>How often cells may be tried in gaps over a whole search: about a quarter of a second.</summary>
    private const long Budget = 20_000_000;
    private const int Widths = 60;
    private const int Improved = 12;
    private const int Patience = 1000;

    /// <summary>From how many cells on one order is enough: the work grows with their square, and many cells fill any gap.</summary>
    private const int ManyCells = 3000;

    /// <summary>How much too high a strip may be to be worth improving for a page of fixed size.</summary>
    private const double Hopeful = 1.06;

    private readonly List<List<PackedCell>> orders = [];
    private readonly IReadOnlyList<bool> mayTurn;
    private readonly SkylineStrip strip;
    private uint random = 1;

    public SkylineSearch(IReadOnlyList<PackedCell> cells, IReadOnlyList<bool> mayTurn)
    {
        this.mayTurn = mayTurn;
        this.strip = new SkylineStrip(cells.Count);
        this.AddOrder(cells, cell => (long)cell.Width * cell.Height);
        if (cells.Count > ManyCells)
        {
            return;
        }

        this.AddOrder(cells, cell => cell.Width + cell.Height);
        this.AddOrder(cells, cell => Math.Max(cell.Width, cell.Height));
        this.AddOrder(cells, cell => cell.Width);
        this.AddOrder(cells, cell => cell.Height);
    }

    /// <summary>Finds the strip of the least area among those of the given widths that are not too high.</summary>
    /// <param name="widths">Widths to try: two that are tried in any case, then others as long as there is work left.</param>
    /// <param name="height">Largest height.</param>
    /// <param name="areaOf">The page's area for a width and a height used.</param>
    /// <returns>The cells' places and the width, or null if none was found.</returns>
    public (int Width, List<PackedCell> Cells)? Smallest(IReadOnlyList<int> widths, int height, Func<int, int, long> areaOf)
    {
        List<Start> starts = [];
        for (int i = 0; i < widths.Count && i < Widths; i++)
        {
            foreach (List<PackedCell> order in this.orders)
            {
                if ((i < 2 || this.strip.Looks < Budget / 2) && this.strip.Place(order, this.mayTurn, widths[i], height, null) is > 0 and int used)
                {
                    starts.Add(new Start(order, widths[i], used, areaOf(widths[i], used)));
                }
            }
        }

        if (starts.Count == 0)
        {
            return null;
        }

        // The sort is unstable, so that equal areas are told apart by what was tried first.
        Start[] sorted = [.. starts.OrderBy(start => start.Area).Take(Improved)];
        Start best = sorted[0];
        long share = (Budget - this.strip.Looks) / sorted.Length;
        for (int i = 0; i < sorted.Length; i++)
        {
            Start improved = this.Improve(sorted[i], height, this.strip.Looks + share, 0);
            improved = improved with { Area = areaOf(improved.Width, improved.Height) };
            best = improved.Area < best.Area ? improved : best;
        }

        return (best.Width, this.PlacesOf(best.Order, best.Width, height));
    }

    /// <summary>Places all cells in a page of fixed size, or gives null.</summary>
    public List<PackedCell>? Fit(int width, int height)
    {
        Start best = new(this.orders[0], width, int.MaxValue, 0);
        foreach (List<PackedCell> order in this.orders)
        {
            // Without a limit of height the strip tells how far it is from fitting.
            int used = this.strip.Place(order, this.mayTurn, width, int.MaxValue / 2, null);
            best = used > 0 && used < best.Height ? new Start(order, width, used, 0) : best;
        }

        if (best.Height > height && best.Height <= height * Hopeful)
        {
            best = this.Improve(best, int.MaxValue / 2, this.strip.Looks + (Budget / Improved), height);
        }

        return best.Height <= height ? this.PlacesOf(best.Order, width, int.MaxValue / 2) : null;
    }

    /// <summary>Fills a page of fixed size with as many cells as it takes, measured by area.</summary>
    public List<PackedCell> Fill(int width, int height)
    {
        List<PackedCell> best = [];
        long bestArea = 0;
        foreach (List<PackedCell> order in this.orders)
        {
            List<PackedCell> placed = this.PlacesOf(order, width, height);
            long area = placed.Sum(cell => (long)cell.Width * cell.Height);
            if (area > bestArea)
            {
                (best, bestArea) = (placed, area);
            }
        }

        return best;
    }

    private List<PackedCell> PlacesOf(List<PackedCell> order, int width, int height)
    {
        List<PackedCell> placed = new(order.Count);
        this.strip.Place(order, this.mayTurn, width, height, placed);
        return placed;
    }

    private void AddOrder(IReadOnlyList<PackedCell> cells, Func<PackedCell, long> size) =>
        this.orders.Add([.. cells.OrderByDescending(size).ThenByDescending(cell => (long)cell.Width * cell.Height).ThenBy(cell => cell.Index)]);

    /// <summary>Exchanges cells of different sizes until that has not helped for long, the work is used up or the strip is as low as wanted.</summary>
    private Start Improve(Start start, int height, long lastLook, int wanted)
    {
        List<PackedCell> order = [.. start.Order];
        int used = start.Height;
        for (int misses = 0; this.strip.Looks < lastLook && used > wanted && misses < Patience; misses++)
        {
            int first = this.Next(order.Count);
            int second = this.Next(order.Count);
            if (order[first].Width == order[second].Width && order[first].Height == order[second].Height)
            {
                continue;
            }

            (order[first], order[second]) = (order[second], order[first]);
            if (this.strip.Place(order, this.mayTurn, start.Width, height, null) is > 0 and int now && now <= used)
            {
                misses = now < used ? 0 : misses;
                used = now;
            }
            else
            {
                (order[first], order[second]) = (order[second], order[first]);
            }
        }

        return start with { Order = order, Height = used };
    }

    // The generator of Numerical Recipes; its upper bits are good enough to choose cells.
    private int Next(int below)
    {
        this.random = (this.random * 1664525) + 1013904223;
        return (int)(((ulong)this.random * (ulong)below) >> 32);
    }

    private sealed record Start(List<PackedCell> Order, int Width, int Height, long Area);
}
