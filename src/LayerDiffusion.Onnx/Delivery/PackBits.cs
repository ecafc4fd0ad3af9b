namespace LayerDiffusion.Onnx.Delivery;

/// <summary>The PackBits run-length code (Apple technical note 1023): a count n ≥ 0 before n + 1 literal bytes, or n &lt; 0 before one byte that stands 1 − n times.</summary>
internal static class PackBits
{
    /// <summary>Gets the most bytes that <paramref name="length"/> bytes can become.</summary>
    public static int MaximumLength(int length) => length + ((length + 127) / 128);

    /// <summary>Encodes bytes.</summary>
    /// <returns>How many bytes of <paramref name="target"/> were written.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int written = 0;
        int at = 0;
        while (at < source.Length)
        {
            int run = RunLength(source, at);
            if (run >= 3)
            {
                target[written++] = (byte)(257 - run);
                target[written++] = source[at];
                at += run;
                continue;
            }

            int end = at + 1;
            while (end < source.Length && end - at < 128 && RunLength(source, end) < 3)
            {
                end++;
            }

            target[written++] = (byte)(end - at - 1);
            source[at..end].CopyTo(target[written..]);
            written += end - at;
            at = end;
        }

        return written;
    }

    /// <summary>Decodes exactly <paramref name="target"/> bytes.</summary>
    /// <returns>Whether the code was complete and fitted.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int read = 0;
        int written = 0;
        while (read < source.Length && written < target.Length)
        {
            int count = (sbyte)source[read++];
            if (count == -128)
            {
                continue;
            }

            int length = count >= 0 ? count + 1 : 1 - count;
            int needed = count >= 0 ? length : 1;
            if (length > target.Length - written || needed > source.Length - read)
            {
                return false;
            }

            if (count >= 0)
            {
                source.Slice(read, length).CopyTo(target[written..]);
            }
            else
            {
                target.Slice(written, length).Fill(source[read]);
            }

            read += needed;
            written += length;
        }

        return written == target.Length;
    }

    /// <summary>Counts equal bytes from a place on, up to 128.</summary>
    private static int RunLength(ReadOnlySpan<byte> source, int at)
    {
        int limit = Math.Min(source.Length, at + 128);
        int end = at + 1;
        while (end < limit && source[end] == source[at])
        {
            end++;
        }

        return end - at;
    }
}
