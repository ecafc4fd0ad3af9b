using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// Byte-pair encoding of one word: its UTF-8 bytes become symbols, the last one marked as the end of the word, and neighbours are merged
/// by rank until no merge is left. Words once seen are remembered, up to a bound. Safe for use by several threads.
/// </summary>
/// <remarks>Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units"; byte-level variant of GPT-2.</remarks>
internal sealed class BytePairEncoder
{
    private const int UnknownSymbol = -1;
    private const int RememberedWords = 8192;
    private const int LongestRememberedWord = 64;

    private readonly ClipVocabulary vocabulary;
    private readonly int unknownId;
    private readonly int[] innerSymbols = new int[256];
    private readonly int[] lastSymbols = new int[256];
    private readonly ConcurrentDictionary<string, int[]> remembered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> rememberedBySpan;
    private int rememberedCount;

    public BytePairEncoder(ClipVocabulary vocabulary, int unknownId)
    {
        this.vocabulary = vocabulary;
        this.unknownId = unknownId;
        this.rememberedBySpan = this.remembered.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int value = 0; value < 256; value++)
        {
            string symbol = ByteAlphabet.CharOf((byte)value).ToString();
            this.innerSymbols[value] = vocabulary.TryGetId(symbol, out int inner) ? inner : UnknownSymbol;
            this.lastSymbols[value] = vocabulary.TryGetId(symbol + ClipVocabulary.EndOfWord, out int last) ? last : UnknownSymbol;
        }
    }

    /// <summary>Appends the ids of one word.</summary>
    /// <param name="word">The word, lower-case, not empty.</param>
    /// <param name="destination">Where the ids go.</param>
    public void Append(ReadOnlySpan<char> word, List<int> destination)
    {
        if (word.Length <= LongestRememberedWord && this.rememberedBySpan.TryGetValue(word, out int[]? known))
        {
            destination.AddRange(known.AsSpan());
            return;
        }

        int start = destination.Count;
        this.Merge(word, destination);
        if (word.Length <= LongestRememberedWord && Volatile.Read(ref this.rememberedCount) < RememberedWords
            && this.remembered.TryAdd(word.ToString(), CollectionsMarshal.AsSpan(destination)[start..].ToArray()))
        {
            Interlocked.Increment(ref this.rememberedCount);
        }
    }

    private void Merge(ReadOnlySpan<char> word, List<int> destination)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(word.Length));
        int length = Encoding.UTF8.GetBytes(word, utf8);

        // The symbols form a list linked both ways; a symbol swallowed by its left neighbour is marked by its own index as successor.
        int[] symbols = ArrayPool<int>.Shared.Rent(length);
        int[] next = ArrayPool<int>.Shared.Rent(length);
        int[] previous = ArrayPool<int>.Shared.Rent(length);
        for (int i = 0; i < length; i++)
        {
            symbols[i] = i == length - 1 ? this.lastSymbols[utf8[i]] : this.innerSymbols[utf8[i]];
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        // Ordered by rank, then from left to right.
        PriorityQueue<int, ulong> candidates = new();
        for (int i = 0; i + 1 < length; i++)
        {
            this.Enqueue(candidates, symbols, i, i + 1);
        }

        while (candidates.TryDequeue(out int left, out ulong priority))
        {
            int right = next[left];
            if (right == left || right >= length || !this.TryGetMerge(symbols[left], symbols[right], out PairMerge merge) || merge.Rank != (int)(priority >> 32))
            {
                continue;
            }

            symbols[left] = merge.MergedId;
            int after = next[right];
            next[left] = after;
            next[right] = right;
            if (after < length)
            {
                previous[after] = left;
                this.Enqueue(candidates, symbols, left, after);
            }

            if (previous[left] >= 0)
            {
                this.Enqueue(candidates, symbols, previous[left], left);
            }
        }

        for (int i = 0; i < length; i = next[i])
        {
            destination.Add(symbols[i] == UnknownSymbol ? this.unknownId : symbols[i]);
        }

        ArrayPool<byte>.Shared.Return(utf8);
        ArrayPool<int>.Shared.Return(symbols);
        ArrayPool<int>.Shared.Return(next);
        ArrayPool<int>.Shared.Return(previous);
    }

    private void Enqueue(PriorityQueue<int, ulong> candidates, int[] symbols, int left, int right)
    {
        if (this.TryGetMerge(symbols[left], symbols[right], out PairMerge merge))
        {
            candidates.Enqueue(left, ((ulong)(uint)merge.Rank << 32) | (uint)left);
        }
    }

    private bool TryGetMerge(int left, int right, out PairMerge merge)
    {
        if (left == UnknownSymbol || right == UnknownSymbol)
        {
            merge = default;
            return false;
        }

        return this.vocabulary.TryGetMerge(left, right, out merge);
    }
}
