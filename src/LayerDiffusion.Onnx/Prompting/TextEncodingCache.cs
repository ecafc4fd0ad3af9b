using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>Remembers what text encoders gave for chunks of text, so that a repeated prompt costs no run, and under a sequential memory policy no loading.</summary>
internal sealed class TextEncodingCache
{
    // Some 200 kB each for SDXL.
    private const int Capacity = 64;

    // Generations of a pool share the cache.
    private readonly Lock gate = new();
    private readonly Dictionary<string, TextEncoding> entries = new(StringComparer.Ordinal);
    private readonly Queue<string> order = new();

    /// <summary>Gets a copy that the caller may change, or makes it.</summary>
    public TextEncoding GetOrAdd(string encoder, ReadOnlySpan<int> ids, Func<int[], TextEncoding> encode)
    {
        string key = $"{encoder}\0{MemoryMarshal.Cast<int, char>(ids)}";
        TextEncoding? encoding;
        lock (this.gate)
        {
            this.entries.TryGetValue(key, out encoding);
        }

        if (encoding is null)
        {
            encoding = encode(ids.ToArray());
            this.Add(key, encoding);
        }

        return encoding with { Hidden = [.. encoding.Hidden] };
    }

    private void Add(string key, TextEncoding encoding)
    {
        lock (this.gate)
        {
            // Two generations may have encoded the same text.
            if (this.entries.TryAdd(key, encoding))
            {
                this.order.Enqueue(key);
                if (this.order.Count > Capacity)
                {
                    this.entries.Remove(this.order.Dequeue());
                }
            }
        }
    }
}
