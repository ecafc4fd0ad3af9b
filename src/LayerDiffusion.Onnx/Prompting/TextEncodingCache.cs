using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>Remembers what text encoders gave for chunks of text, so that a repeated prompt costs no run, and under a sequential memory policy no loading.</summary>
internal sealed class TextEncodingCache
{
    // Some 200 kB each for SDXL.
    private const int Capacity = 64;

    private readonly Dictionary<string, TextEncoding> entries = new(StringComparer.Ordinal);
    private readonly Queue<string> order = new();

    /// <summary>Gets a copy that the caller may change, or makes it.</summary>
    public TextEncoding GetOrAdd(string encoder, ReadOnlySpan<int> ids, Func<int[], TextEncoding> encode)
    {
        string key = $"{encoder}\0{MemoryMarshal.Cast<int, char>(ids)}";
        if (!this.entries.TryGetValue(key, out TextEncoding? encoding))
        {
            encoding = encode(ids.ToArray());
            if (this.entries.Count == Capacity)
            {
                this.entries.Remove(this.order.Dequeue());
            }

            this.entries.Add(key, encoding);
            this.order.Enqueue(key);
        }

        return encoding with { Hidden = [.. encoding.Hidden] };
    }
}
