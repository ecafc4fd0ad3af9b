using System.Runtime.Intrinsics;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// The random numbers of PyTorch's CPU generator: the same seed gives the values of <c>torch.randn</c>, <c>torch.rand</c> and
/// <c>torch.randint</c> with <c>generator=torch.Generator("cpu").manual_seed(seed)</c>, in the same order of draws.
/// </summary>
/// <remarks>
/// <para>Uniforms, integers and float32 normals are torch's bit for bit (as its x64 builds draw them). Float64 normals agree within 1e-14, float16 ones within one step.</para>
/// <para>The generator is MT19937. Sixteen or more normals are made in blocks of sixteen by the Box–Muller transform (a last, incomplete block is
/// replaced by sixteen fresh values over the end of the destination, as torch does); fewer than sixteen one by one in float64, where
/// the second value of a pair is kept for the next draw of this kind. One draw of n values is therefore not the same as n draws of one.</para>
/// <para>No method allocates. Instances are not safe for use by several threads at once.</para>
/// </remarks>
public sealed class TorchRandom : INoiseSource
{
    private const int BlockLength = 16;
    private const int HalfBlock = BlockLength / 2;

    private readonly MersenneTwister generator = new();
    private double cached;
    private bool hasCached;

    /// <summary>Initializes a new instance of the <see cref="TorchRandom"/> class, as <c>manual_seed</c> does.</summary>
    /// <param name="seed">Any seed. As in torch's CPU generator only the low 32 bits count: 7 and 2³²+7 give the same numbers.</param>
    public TorchRandom(ulong seed)
    {
        this.generator.Seed((uint)seed);
    }

    /// <summary>Initializes a new instance of the <see cref="TorchRandom"/> class, as <c>manual_seed</c> does.</summary>
    /// <param name="seed">Any seed; a negative one counts by its two's complement bits, as in torch.</param>
    public TorchRandom(long seed)
        : this(unchecked((ulong)seed))
    {
    }

    /// <summary>Fills the destination as <c>torch.randn(n, dtype=torch.float32)</c> does.</summary>
    /// <param name="destination">Receives the samples of the standard normal distribution; a shape is filled in row-major order.</param>
    public void NextNormal(Span<float> destination)
    {
        if (destination.Length < BlockLength)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (float)this.NextScalar();
            }

            return;
        }

        this.generator.NextSingles(destination);
        int whole = destination.Length - (destination.Length % BlockLength);
        for (int i = 0; i < whole; i += BlockLength)
        {
            BoxMuller(destination.Slice(i, BlockLength));
        }

        if (whole != destination.Length)
        {
            this.NextBlock(destination[^BlockLength..]);
        }
    }

    /// <summary>Fills the destination as <c>torch.randn(n, dtype=torch.float64)</c> does.</summary>
    /// <param name="destination">Receives the samples of the standard normal distribution; a shape is filled in row-major order.</param>
    public void NextNormal(Span<double> destination)
    {
        if (destination.Length < BlockLength)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = this.NextScalar();
            }

            return;
        }

        this.NextUniform(destination);
        int whole = destination.Length - (destination.Length % BlockLength);
        for (int i = 0; i < whole; i += BlockLength)
        {
            BoxMuller(destination.Slice(i, BlockLength));
        }

        if (whole != destination.Length)
        {
            Span<double> last = destination[^BlockLength..];
            this.NextUniform(last);
            BoxMuller(last);
        }
    }

    /// <summary>Fills the destination as <c>torch.randn(n, dtype=torch.float16)</c> does: float32 blocks, rounded.</summary>
    /// <param name="destination">Receives the samples of the standard normal distribution; a shape is filled in row-major order.</param>
    public void NextNormal(Span<Half> destination)
    {
        if (destination.Length < BlockLength)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (Half)this.NextScalar();
            }

            return;
        }

        Span<float> block = stackalloc float[BlockLength];
        int whole = destination.Length - (destination.Length % BlockLength);
        for (int i = 0; i < whole; i += BlockLength)
        {
            this.NextBlock(block);
            Round(block, destination.Slice(i, BlockLength));
        }

        // Unlike the wider types this one draws nothing for the incomplete block.
        if (whole != destination.Length)
        {
            this.NextBlock(block);
            Round(block, destination[^BlockLength..]);
        }
    }

    /// <summary>Fills the destination as <c>torch.rand(n, dtype=torch.float32)</c> does: multiples of 2⁻²⁴ in [0, 1).</summary>
    /// <param name="destination">Receives the samples; a shape is filled in row-major order.</param>
    public void NextUniform(Span<float> destination) => this.generator.NextSingles(destination);

    /// <summary>Fills the destination as <c>torch.rand(n, dtype=torch.float64)</c> does: multiples of 2⁻⁵³ in [0, 1).</summary>
    /// <param name="destination">Receives the samples; a shape is filled in row-major order.</param>
    public void NextUniform(Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = this.generator.NextDouble();
        }
    }

    /// <summary>Fills the destination as <c>torch.rand(n, dtype=torch.float16)</c> does: float32 uniforms, rounded, in [0, 1].</summary>
    /// <param name="destination">Receives the samples; a shape is filled in row-major order.</param>
    public void NextUniform(Span<Half> destination)
    {
        Span<float> value = stackalloc float[1];
        for (int i = 0; i < destination.Length; i++)
        {
            this.generator.NextSingles(value);
            destination[i] = (Half)value[0];
        }
    }

    /// <summary>Returns the next value of <c>torch.randint(low, high, …)</c>.</summary>
    /// <param name="low">Smallest value that can come.</param>
    /// <param name="high">One more than the largest value that can come.</param>
    /// <returns>An integer of low … high − 1, with torch's slight preference for small ones where the range does not divide the generator's.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="high"/> is not above <paramref name="low"/>.</exception>
    public long NextInteger(long low, long high)
    {
        if (high <= low)
        {
            throw new ArgumentOutOfRangeException(nameof(high), high, $"The upper bound must be above the lower bound, {low}.");
        }

        ulong range = unchecked((ulong)high - (ulong)low);
        ulong draw = range < 1UL << 28 ? this.generator.Next() : this.generator.NextLong();
        return unchecked((long)(draw % range) + low);
    }

    /// <summary>Restarts the stream from all 64 bits of a key. Torch has no such seeding; it is for noise that many independent keys make.</summary>
    internal void Restart(ulong key)
    {
        this.generator.SeedFromKey(key);
        this.hasCached = false;
    }

    private static void BoxMuller(Span<float> block)
    {
        Vector256<float> first = Vector256<float>.One - Vector256.Create<float>(block);
        Vector256<float> radius = Vector256.Sqrt(CephesVector.Log(first) * -2f);
        (Vector256<float> sine, Vector256<float> cosine) = CephesVector.SinCos(Vector256.Create<float>(block[HalfBlock..]) * (2f * MathF.PI));
        (radius * cosine).CopyTo(block);
        (radius * sine).CopyTo(block[HalfBlock..]);
    }

    private static void BoxMuller(Span<double> block)
    {
        Vector512<double> first = Vector512<double>.One - Vector512.Create<double>(block);
        Vector512<double> radius = Vector512.Sqrt(Vector512.Log(first) * -2.0);
        (Vector512<double> sine, Vector512<double> cosine) = Vector512.SinCos(Vector512.Create<double>(block[HalfBlock..]) * (2.0 * Math.PI));
        (radius * cosine).CopyTo(block);
        (radius * sine).CopyTo(block[HalfBlock..]);
    }

    private static void Round(ReadOnlySpan<float> source, Span<Half> destination)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = (Half)source[i];
        }
    }

    private void NextBlock(Span<float> block)
    {
        this.generator.NextSingles(block);
        BoxMuller(block);
    }

    private double NextScalar()
    {
        if (this.hasCached)
        {
            this.hasCached = false;
            return this.cached;
        }

        double first = this.generator.NextDouble();
        double second = this.generator.NextDouble();

        // A uniform is a multiple of 2⁻⁵³, so that 1 − u is exact and the logarithm of 1 + (−u) needs no special care.
        double radius = Math.Sqrt(-2.0 * Math.Log(1.0 - second));
        (double sine, double cosine) = Math.SinCos(2.0 * Math.PI * first);
        this.cached = radius * sine;
        this.hasCached = true;
        return radius * cosine;
    }
}
