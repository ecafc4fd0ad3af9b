using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Spreads colour from the solid pixels of a straight picture outwards, ring by ring: a pixel of the first ring takes the mean of its solid
/// neighbours weighted by their alpha, one of a later ring the mean of its neighbours in the ring before. Alpha stays.
/// </summary>
/// <remarks>
/// A pixel's ring is its distance to the solid pixels, the larger of columns and rows, found by one sweep down and one up (Rosenfeld, Pfaltz,
/// "Distance functions on digital pictures", 1968). Filling whole rings one after the other would walk through all of a large picture for each
/// of them. A pixel needs of the ring before only pixels at most one row lower, so that this order does as well: by the sum of row and ring, then
/// by ring. It stays within as many rows as there are rings, and comes along each of them once.
/// </remarks>
internal readonly ref struct ColorDilation
{
    // Neighbours at the sides weigh twice as much as those at the corners.
    private const int SideWeight = 2;
    private const int CornerWeight = 1;

    private readonly ReadOnlySpan<byte> pixels;
    private readonly int width;
    private readonly int height;
    private readonly int stride;
    private readonly ushort beyond;
    private readonly ushort[] rings;
    private readonly int[] ends;

    private ColorDilation(RgbaImage image, int distance)
    {
        this.pixels = image.Span;
        (this.width, this.height) = (image.Width, image.Height);

        // A border of one cell, so that neighbours need no check, and room to read eight cells at once.
        this.stride = image.Width + 2;
        this.beyond = (ushort)(Math.Min(distance, Math.Max(image.Width, image.Height)) + 1);
        this.rings = new ushort[checked((this.stride * (image.Height + 2)) + 8)];
        Array.Fill(this.rings, this.beyond);
        this.ends = new int[image.Height + this.beyond];
    }

    /// <summary>Changes the colour of all pixels with less than <paramref name="solidAlpha"/> that lie within <paramref name="distance"/> pixels of one with at least it.</summary>
    /// <param name="image">The picture, which is changed.</param>
    /// <param name="solidAlpha">The least alpha of a solid pixel.</param>
    /// <param name="distance">0 or more; more than 65,533 is taken as that.</param>
    public static void Run(RgbaImage image, int solidAlpha, int distance)
    {
        if (distance == 0)
        {
            return;
        }

        ColorDilation dilation = new(image, Math.Min(distance, ushort.MaxValue - 2));
        dilation.SweepDown(solidAlpha);
        dilation.SweepUp();
        dilation.Fill(MemoryMarshal.Cast<byte, uint>(image.Span));
    }

    private Span<ushort> Row(int y) => this.rings.AsSpan(y * this.stride, this.stride);

    // Rows of the picture count from 1 here.
    // Loops over whole pictures are compiled with all optimizations at once: in a first call, slow code would run for longer than that takes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SweepDown(int solidAlpha)
    {
        for (int y = 1; y <= this.height; y++)
        {
            ReadOnlySpan<byte> alphas = this.pixels.Slice((y - 1) * this.width * 4, this.width * 4);
            ReadOnlySpan<ushort> above = this.Row(y - 1);
            Span<ushort> row = this.Row(y)[..above.Length];
            int left = this.beyond;
            for (int x = 1; x < row.Length - 1; x++)
            {
                int nearest = Math.Min(Math.Min(above[x - 1], above[x]), Math.Min(above[x + 1], left));
                left = alphas[(4 * x) - 1] >= solidAlpha ? 0 : Math.Min(nearest + 1, this.beyond);
                row[x] = (ushort)left;
            }
        }
    }

    // Also counts the pixels of each place in the order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SweepUp()
    {
        for (int y = this.height; y >= 1; y--)
        {
            ReadOnlySpan<ushort> below = this.Row(y + 1);
            Span<ushort> row = this.Row(y)[..below.Length];
            Span<int> counts = this.ends.AsSpan(y - 1, this.beyond);
            int right = this.beyond;
            for (int x = row.Length - 2; x >= 1; x--)
            {
                int nearest = Math.Min(Math.Min(below[x - 1], below[x]), Math.Min(below[x + 1], right));
                right = Math.Min(nearest + 1, row[x]);
                row[x] = (ushort)right;
                if (right > 0 && right < counts.Length)
                {
                    counts[right]++;
                }
            }
        }
    }

    // The cells to fill, in order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int[] Order()
    {
        int total = 0;
        for (int i = 0; i < this.ends.Length; i++)
        {
            (this.ends[i], total) = (total, total + this.ends[i]);
        }

        // From the lowest row up, so that cells of one sum come with rising rings.
        int[] order = GC.AllocateUninitializedArray<int>(total);
        for (int y = this.height; y >= 1; y--)
        {
            ReadOnlySpan<ushort> row = this.Row(y);
            Span<int> places = this.ends.AsSpan(y - 1, this.beyond);
            for (int x = 1; x < row.Length - 1; x++)
            {
                int ring = row[x];
                if (ring > 0 && ring < places.Length)
                {
                    order[places[ring]++] = (y * this.stride) + x;
                }
            }
        }

        return order;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill(Span<uint> colors)
    {
        // Below 2¹⁶ ∕ n, a product with ⌈2¹⁶ ∕ n⌉, shifted, is the exact quotient by n.
        Span<uint> reciprocals = stackalloc uint[(4 * (SideWeight + CornerWeight)) + 1];
        for (int n = 1; n < reciprocals.Length; n++)
        {
            reciprocals[n] = (uint)(((1 << 16) + n - 1) / n);
        }

        foreach (int cell in this.Order())
        {
            int ring = this.rings[cell];

            // Each row of cells has two more than the row of pixels.
            int pixel = cell - this.stride + 1 - (2 * (int)((uint)cell / (uint)this.stride));

            // The quick way reads four pixels of each row around.
            bool inside = pixel > this.width && pixel <= colors.Length - this.width - 3;
            uint mean = ring > 1 && inside ? this.MeanOfRing(colors, cell, pixel, ring - 1, reciprocals) : this.WeighedMeanOfRing(colors, cell, pixel, ring - 1);
            colors[pixel] = (colors[pixel] & 0xFF000000) | mean;
        }
    }

    // The sums of the neighbours' red and blue, green and weights fit 16 bits each: two to a lane, a lane for each neighbour of a row.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private uint MeanOfRing(ReadOnlySpan<uint> colors, int cell, int pixel, int ring, ReadOnlySpan<uint> reciprocals)
    {
        const uint Side = SideWeight * 0x10001u;
        const uint Corner = CornerWeight * 0x10001u;
        ref ushort cells = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(this.rings), cell - 1);
        ref uint pixels = ref Unsafe.Add(ref MemoryMarshal.GetReference(colors), pixel - 1);
        Vector128<uint> wanted = Vector128.Create((uint)ring);
        Vector128<ushort> redBlue = Vector128<ushort>.Zero;
        Vector128<ushort> greenWeight = Vector128<ushort>.Zero;
        AddRow(ref Unsafe.Subtract(ref cells, this.stride), ref Unsafe.Subtract(ref pixels, this.width), wanted, Vector128.Create(Corner, Side, Corner, 0), ref redBlue, ref greenWeight);
        AddRow(ref cells, ref pixels, wanted, Vector128.Create(Side, 0, Side, 0), ref redBlue, ref greenWeight);
        AddRow(ref Unsafe.Add(ref cells, this.stride), ref Unsafe.Add(ref pixels, this.width), wanted, Vector128.Create(Corner, Side, Corner, 0), ref redBlue, ref greenWeight);

        Vector128<ulong> low = redBlue.AsUInt64();
        Vector128<ulong> high = greenWeight.AsUInt64();
        ulong redBlueSums = low[0] + low[1];
        ulong greenWeightSums = high[0] + high[1];
        redBlueSums += redBlueSums >> 32;
        greenWeightSums += greenWeightSums >> 32;
        uint total = (uint)(greenWeightSums >> 16) & 0xFFFF;
        uint half = total / 2;
        uint reciprocal = reciprocals[(int)total];
        uint red = (((uint)redBlueSums & 0xFFFF) + half) * reciprocal >> 16;
        uint green = (((uint)greenWeightSums & 0xFFFF) + half) * reciprocal >> 16;
        uint blue = (((uint)(redBlueSums >> 16) & 0xFFFF) + half) * reciprocal >> 16;
        return red | (green << 8) | (blue << 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRow(
        ref ushort cells, ref uint pixels, Vector128<uint> wanted, Vector128<uint> weights, ref Vector128<ushort> redBlue, ref Vector128<ushort> greenWeight)
    {
        Vector128<uint> counting = Vector128.Equals(Vector128.WidenLower(Vector128.LoadUnsafe(ref cells)), wanted);
        Vector128<ushort> factors = (counting & weights).AsUInt16();
        Vector128<uint> colors = Vector128.LoadUnsafe(ref pixels);
        redBlue += (colors & Vector128.Create(0x00FF00FFu)).AsUInt16() * factors;
        greenWeight += (((colors >> 8) & Vector128.Create(0x000000FFu)) | Vector128.Create(0x00010000u)).AsUInt16() * factors;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private uint WeighedMeanOfRing(ReadOnlySpan<uint> colors, int cell, int pixel, int ring)
    {
        ReadOnlySpan<int> offsets = [-1, 1, -this.stride, this.stride, -this.stride - 1, -this.stride + 1, this.stride - 1, this.stride + 1];
        ReadOnlySpan<int> pixelOffsets = [-1, 1, -this.width, this.width, -this.width - 1, -this.width + 1, this.width - 1, this.width + 1];
        (uint red, uint green, uint blue, uint total) = (0, 0, 0, 0);
        for (int i = 0; i < offsets.Length; i++)
        {
            if (this.rings[cell + offsets[i]] != ring)
            {
                continue;
            }

            uint neighbour = colors[pixel + pixelOffsets[i]];
            uint weight = i < 4 ? SideWeight : (uint)CornerWeight;
            weight *= ring == 0 ? neighbour >> 24 : 1;
            red += weight * (neighbour & 255);
            green += weight * ((neighbour >> 8) & 255);
            blue += weight * ((neighbour >> 16) & 255);
            total += weight;
        }

        uint half = total / 2;
        return ((red + half) / total) | ((green + half) / total << 8) | ((blue + half) / total << 16);
    }
}
