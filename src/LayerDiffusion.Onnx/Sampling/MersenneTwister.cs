using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura 1998, "Mersenne Twister: a 623-dimensionally equidistributed uniform
/// pseudo-random number generator"), which makes its 624 words at a time.
/// </summary>
internal sealed class MersenneTwister
{
    private const int Length = 624;
    private const int Shift = 397;
    private const uint Matrix = 0x9908B0DF;
    private const uint UpperMask = 0x80000000;
    private const uint LowerMask = 0x7FFFFFFF;

    /// <summary>One word more than the state has: the last holds a copy of the first, so that the recurrence needs no wrap-around.</summary>
    private readonly uint[] state = new uint[Length + 1];
    private readonly uint[] words = new uint[Length];
    private int position;

    /// <summary>Restarts the generator with the classic 32-bit seeding of the year 2002.</summary>
    public void Seed(uint seed)
    {
        this.state[0] = seed;
        for (int i = 1; i < Length; i++)
        {
            uint previous = this.state[i - 1];
            this.state[i] = (1812433253u * (previous ^ (previous >> 30))) + (uint)i;
        }

        this.position = Length;
    }

    /// <summary>Restarts the generator with a state drawn from all 64 bits of a key by SplitMix64 (Steele, Lea and Flood 2014).</summary>
    public void SeedFromKey(ulong key)
    {
        for (int i = 0; i < Length; i += 2)
        {
            ulong word = SplitMix(ref key);
            this.state[i] = (uint)word;
            this.state[i + 1] = (uint)(word >> 32);
        }

        this.position = Length;
    }

    /// <summary>Advances a SplitMix64 state and returns its next output.</summary>
    public static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Returns the next word.</summary>
    public uint Next()
    {
        if (this.position == Length)
        {
            this.Refill();
        }

        return this.words[this.position++];
    }

    /// <summary>Returns a 64-bit draw: two words, the first one high.</summary>
    public ulong NextLong()
    {
        ulong high = this.Next();
        return (high << 32) | this.Next();
    }

    /// <summary>Returns a float64 uniform in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (this.NextLong() & ((1UL << 53) - 1)) * (1.0 / (1UL << 53));

    /// <summary>Fills the destination with float32 uniforms in [0, 1), 24 random bits each.</summary>
    public void NextSingles(Span<float> destination)
    {
        const float unit = 1f / (1 << 24);
        while (!destination.IsEmpty)
        {
            if (this.position == Length)
            {
                this.Refill();
            }

            int count = Math.Min(destination.Length, Length - this.position);
            ReadOnlySpan<uint> source = this.words.AsSpan(this.position, count);
            Span<float> target = destination[..count];
            int i = 0;
            for (; i <= count - Vector256<uint>.Count; i += Vector256<uint>.Count)
            {
                Vector256<uint> bits = Vector256.Create(source[i..]) & Vector256.Create(0xFFFFFFu);
                (Vector256.ConvertToSingle(bits.AsInt32()) * unit).CopyTo(target[i..]);
            }

            for (; i < count; i++)
            {
                target[i] = (source[i] & 0xFFFFFF) * unit;
            }

            this.position += count;
            destination = destination[count..];
        }
    }

    private void Refill()
    {
        Twist(this.state, 0, Length - Shift, Shift);
        this.state[Length] = this.state[0];
        Twist(this.state, Length - Shift, Length, Shift - Length);

        ref uint source = ref MemoryMarshal.GetArrayDataReference(this.state);
        ref uint target = ref MemoryMarshal.GetArrayDataReference(this.words);
        for (nuint i = 0; i < Length; i += (nuint)Vector256<uint>.Count)
        {
            Vector256<uint> word = Vector256.LoadUnsafe(ref source, i);
            word ^= word >> 11;
            word ^= (word << 7) & Vector256.Create(0x9D2C5680u);
            word ^= (word << 15) & Vector256.Create(0xEFC60000u);
            word ^= word >> 18;
            word.StoreUnsafe(ref target, i);
        }

        this.position = 0;
    }

    /// <summary>Advances the words from one index up to another; each depends on itself, its successor and the word an offset away.</summary>
    private static void Twist(Span<uint> state, int from, int to, int offset)
    {
        int i = from;
        for (; i <= to - Vector256<uint>.Count; i += Vector256<uint>.Count)
        {
            Vector256<uint> joined = (Vector256.Create<uint>(state[i..]) & Vector256.Create(UpperMask))
                | (Vector256.Create<uint>(state[(i + 1)..]) & Vector256.Create(LowerMask));
            Vector256<uint> odd = Vector256<uint>.Zero - (joined & Vector256<uint>.One);
            (Vector256.Create<uint>(state[(i + offset)..]) ^ (joined >> 1) ^ (odd & Vector256.Create(Matrix))).CopyTo(state[i..]);
        }

        for (; i < to; i++)
        {
            uint joined = (state[i] & UpperMask) | (state[i + 1] & LowerMask);
            state[i] = state[i + offset] ^ (joined >> 1) ^ ((0 - (joined & 1)) & Matrix);
        }
    }
}
