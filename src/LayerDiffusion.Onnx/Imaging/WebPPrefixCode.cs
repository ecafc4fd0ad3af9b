namespace LayerDiffusion.Onnx.Imaging;

/// <summary>A prefix code of a lossless WebP picture ("WebP Lossless Bitstream Specification", section 6.2.1): canonical Huffman codes of at most 15 bits.</summary>
internal sealed class WebPPrefixCode
{
    private const int LongestCode = 15;
    private const int LongestLengthCode = 7;

    // Code lengths from 0 to 15 stand for themselves.
    private const int ZerosShort = 17;
    private const int ZerosLong = 18;
    private const int LengthSymbols = 19;

    private readonly byte[] lengths;
    private readonly ushort[] codes;
    private readonly int usedSymbols;

    /// <summary>Makes the code for symbols that occur so often.</summary>
    public WebPPrefixCode(int[] counts)
        : this(counts, LongestCode)
    {
    }

    private WebPPrefixCode(int[] counts, int longest)
    {
        this.usedSymbols = counts.Length - counts.AsSpan().Count(0);
        this.lengths = Lengths(counts, longest);
        this.codes = Codes(this.lengths);
    }

    private static ReadOnlySpan<byte> LengthOrder => [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    /// <summary>Writes a symbol; it takes no bits if it is the only one.</summary>
    public void Write(WebPBitWriter writer, int symbol)
    {
        if (this.usedSymbols > 1)
        {
            writer.Write(this.codes[symbol], this.lengths[symbol]);
        }
    }

    /// <summary>Writes the code itself.</summary>
    public void WriteDefinition(WebPBitWriter writer)
    {
        int first = Math.Max(0, this.lengths.AsSpan().IndexOfAnyExcept((byte)0));
        if (this.usedSymbols <= 1 && first < 256)
        {
            // The simple form: one symbol, of 8 bits.
            writer.Write(0b101, 3);
            writer.Write((uint)first, 8);
            return;
        }

        writer.Write(0, 1);
        List<(int Symbol, int Extra, int Bits)> tokens = Tokens(this.lengths);
        int[] counts = new int[LengthSymbols];
        foreach ((int symbol, _, _) in tokens)
        {
            counts[symbol]++;
        }

        WebPPrefixCode code = new(counts, LongestLengthCode);
        int written = LengthSymbols;
        while (written > 4 && code.lengths[LengthOrder[written - 1]] == 0)
        {
            written--;
        }

        writer.Write((uint)(written - 4), 4);
        foreach (byte symbol in LengthOrder[..written])
        {
            writer.Write(code.lengths[symbol], 3);
        }

        // All symbols of the alphabet follow.
        writer.Write(0, 1);
        foreach ((int symbol, int extra, int bits) in tokens)
        {
            code.Write(writer, symbol);
            writer.Write((uint)extra, bits);
        }
    }

    // Runs of zeros are short; other lengths are written one by one.
    private static List<(int Symbol, int Extra, int Bits)> Tokens(byte[] lengths)
    {
        List<(int Symbol, int Extra, int Bits)> tokens = [];
        for (int i = 0; i < lengths.Length;)
        {
            int run = lengths.AsSpan(i).IndexOfAnyExcept((byte)0);
            run = Math.Min(run < 0 ? lengths.Length - i : run, 138);
            tokens.Add(run switch
            {
                >= 11 => (ZerosLong, run - 11, 7),
                >= 3 => (ZerosShort, run - 3, 3),
                _ => (lengths[i], 0, 0),
            });
            i += run >= 3 ? run : 1;
        }

        return tokens;
    }

    // Huffman's algorithm; where a code becomes too long, rare symbols count for more until none is.
    private static byte[] Lengths(int[] counts, int longest)
    {
        byte[] lengths = new byte[counts.Length];
        int[] parents = new int[2 * counts.Length];
        for (long least = 1; ; least *= 2)
        {
            PriorityQueue<int, (long Count, int Node)> queue = new();
            for (int symbol = 0; symbol < counts.Length; symbol++)
            {
                if (counts[symbol] > 0)
                {
                    queue.Enqueue(symbol, (Math.Max(least, counts[symbol]), symbol));
                }
            }

            int node = counts.Length;
            while (queue.Count > 1)
            {
                queue.TryDequeue(out int left, out (long Count, int Node) leftKey);
                queue.TryDequeue(out int right, out (long Count, int Node) rightKey);
                (parents[left], parents[right]) = (node, node);
                queue.Enqueue(node, (leftKey.Count + rightKey.Count, node));
                node++;
            }

            int root = queue.Count > 0 ? queue.Dequeue() : -1;
            int most = 0;
            for (int symbol = 0; symbol < counts.Length; symbol++)
            {
                int depth = counts[symbol] > 0 && symbol == root ? 1 : 0;
                for (int at = symbol; counts[symbol] > 0 && at != root; at = parents[at])
                {
                    depth++;
                }

                lengths[symbol] = (byte)Math.Min(depth, byte.MaxValue);
                most = Math.Max(most, depth);
            }

            if (most <= longest)
            {
                return lengths;
            }
        }
    }

    // Canonical codes, their first bit lowest as the writer wants it.
    private static ushort[] Codes(byte[] lengths)
    {
        ushort[] codes = new ushort[lengths.Length];
        int next = 0;
        for (int length = 1; length <= LongestCode; length++)
        {
            next <<= 1;
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] != length)
                {
                    continue;
                }

                int reversed = 0;
                for (int bit = 0; bit < length; bit++)
                {
                    reversed |= ((next >> bit) & 1) << (length - 1 - bit);
                }

                codes[symbol] = (ushort)reversed;
                next++;
            }
        }

        return codes;
    }
}
