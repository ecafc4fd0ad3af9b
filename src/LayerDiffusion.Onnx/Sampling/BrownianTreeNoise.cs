using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// Brownian noise for the SDE samplers (DPM++ SDE, DPMSolverSDE): one fixed path W over all noise levels for each seed, so that the same seed
/// gives the same picture in more detail when the number of steps grows, where independent noise would give another picture.
/// </summary>
/// <remarks>
/// <para><see cref="NextBrownian"/> gives (W(nextSigma) − W(sigma)) / √|nextSigma − sigma|, the quantity of k-diffusion's
/// <c>BrownianTreeNoiseSampler</c>. It depends on the seed, the two noise levels and the length alone, not on other queries or their order.</para>
/// <para>The path is a virtual Brownian tree (Gaines and Lyons 1997, "Variable step size control in the numerical solution of stochastic differential
/// equations"; Li et al. 2020, "Scalable gradients for stochastic differential equations"): every octave [2ᵏ, 2ᵏ⁺¹) of σ has an increment of its
/// own and is halved ten times by the Brownian bridge; a last bridge leads to the exact σ. Each random vector comes
/// from a key mixed of seed, octave and node. Noise levels below 2⁻¹⁶ share one interval. Two levels
/// closer than 0.1 % are not exactly Brownian to each other, as they share the noise of that last bridge; no sampler steps so finely.</para>
/// <para>The numbers are not those of torchsde, whose tree depends on its own seed sequence and interval: pictures of diffusers' DPMSolverSDE
/// differ in their noise, not in their law.</para>
/// <para>Three vectors of working memory and two remembered points of the path are allocated at the first query of a length, nothing later.
/// One instance serves one image, or a batch as one vector. Not safe for use by several threads at once.</para>
/// </remarks>
public sealed class BrownianTreeNoise : INoiseSource
{
    private const int Depth = 10;
    private const int LowestOctave = -16;
    private const int HighestOctave = 31;

    private readonly ulong key;
    private readonly INoiseSource startNoise;
    private readonly TorchRandom generator = new(0UL);
    private readonly double[] rememberedSigmas = [double.NaN, double.NaN];
    private readonly float[][] remembered = [[], []];
    private float[] right = [];
    private float[] normals = [];

    /// <summary>Initializes a new instance of the <see cref="BrownianTreeNoise"/> class.</summary>
    /// <param name="seed">Chooses the path; all 64 bits count.</param>
    /// <param name="startNoise">Where <see cref="NextNormal"/> gets its values. Null: a <see cref="TorchRandom"/> of the same seed.</param>
    public BrownianTreeNoise(ulong seed, INoiseSource? startNoise = null)
    {
        this.startNoise = startNoise ?? new TorchRandom(seed);
        this.key = MersenneTwister.SplitMix(ref seed);
    }

    /// <summary>Initializes a new instance of the <see cref="BrownianTreeNoise"/> class.</summary>
    /// <param name="seed">Chooses the path; a negative one counts by its two's complement bits.</param>
    /// <param name="startNoise">Where <see cref="NextNormal"/> gets its values. Null: a <see cref="TorchRandom"/> of the same seed.</param>
    public BrownianTreeNoise(long seed, INoiseSource? startNoise = null)
        : this(unchecked((ulong)seed), startNoise)
    {
    }

    /// <inheritdoc/>
    public void NextNormal(Span<float> destination) => this.startNoise.NextNormal(destination);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A noise level is negative, not a number or 2³² or more, or both are equal.</exception>
    public void NextBrownian(Span<float> destination, double sigma, double nextSigma)
    {
        ThrowIfOutside(sigma, nameof(sigma));
        ThrowIfOutside(nextSigma, nameof(nextSigma));
        if (sigma == nextSigma)
        {
            throw new ArgumentOutOfRangeException(nameof(nextSigma), nextSigma, "A Brownian increment needs two different noise levels.");
        }

        if (this.normals.Length != destination.Length)
        {
            this.Allocate(destination.Length);
        }

        int start = this.Find(sigma, exceptFor: nextSigma);
        int end = this.Find(nextSigma, exceptFor: sigma);
        TensorPrimitives.Subtract(this.remembered[end], this.remembered[start], destination);

        // The points are relative to the starts of their octaves: the octaves between them are missing yet.
        float sign = nextSigma > sigma ? 1 : -1;
        int above = OctaveOf(Math.Max(sigma, nextSigma));
        for (int octave = OctaveOf(Math.Min(sigma, nextSigma)); octave < above; octave++)
        {
            this.Draw(octave, node: 0);
            TensorPrimitives.MultiplyAdd(this.normals, sign * (float)Math.Sqrt(LengthOf(octave)), destination, destination);
        }

        TensorPrimitives.Multiply(destination, (float)(1 / Math.Sqrt(Math.Abs(nextSigma - sigma))), destination);
    }

    private static void ThrowIfOutside(double sigma, string name)
    {
        if (!(sigma >= 0 && sigma < 2 * StartOf(HighestOctave)))
        {
            throw new ArgumentOutOfRangeException(name, sigma, "A noise level of a Brownian path is 0 or more and below 2^32.");
        }
    }

    /// <summary>The octave of a noise level; one below the lowest stands for all levels that are smaller.</summary>
    private static int OctaveOf(double sigma) => sigma < StartOf(LowestOctave) ? LowestOctave - 1 : Math.ILogB(sigma);

    private static double StartOf(int octave) => octave < LowestOctave ? 0 : Math.ScaleB(1, octave);

    private static double LengthOf(int octave) => Math.ScaleB(1, Math.Max(octave, LowestOctave));

    private void Allocate(int length)
    {
        this.right = new float[length];
        this.normals = new float[length];
        for (int i = 0; i < this.remembered.Length; i++)
        {
            this.remembered[i] = new float[length];
            this.rememberedSigmas[i] = double.NaN;
        }
    }

    /// <summary>Returns which remembered point belongs to a noise level, after computing it over the one that is not needed.</summary>
    private int Find(double sigma, double exceptFor)
    {
        int slot = Array.IndexOf(this.rememberedSigmas, sigma);
        if (slot < 0)
        {
            slot = this.rememberedSigmas[0] == exceptFor ? 1 : 0;
            this.rememberedSigmas[slot] = sigma;
            this.Evaluate(sigma, this.remembered[slot]);
        }

        return slot;
    }

    /// <summary>Computes W(sigma) minus W at the start of the octave that holds it.</summary>
    private void Evaluate(double sigma, float[] left)
    {
        int octave = OctaveOf(sigma);
        double start = StartOf(octave);
        double length = LengthOf(octave);
        Array.Clear(left);
        this.Draw(octave, node: 0);
        TensorPrimitives.Multiply(this.normals, (float)Math.Sqrt(length), this.right);
        uint node = 1;
        for (int level = 0; level < Depth && sigma != start; level++, length /= 2)
        {
            bool upper = sigma >= start + (length / 2);
            float[] moved = upper ? left : this.right;
            this.Draw(octave, node);
            TensorPrimitives.Add(left, this.right, moved);
            TensorPrimitives.Multiply(moved, 0.5f, moved);
            TensorPrimitives.MultiplyAdd(this.normals, (float)Math.Sqrt(length / 4), moved, moved);
            start += upper ? length / 2 : 0;
            node = (2 * node) + (upper ? 1u : 0u);
        }

        if (sigma != start)
        {
            double part = (sigma - start) / length;
            this.Draw(octave, node);
            TensorPrimitives.Subtract(this.right, left, this.right);
            TensorPrimitives.MultiplyAdd(this.right, (float)part, left, left);
            TensorPrimitives.MultiplyAdd(this.normals, (float)Math.Sqrt(part * (1 - part) * length), left, left);
        }
    }

    /// <summary>Draws the standard normal vector of a node of the tree.</summary>
    private void Draw(int octave, uint node)
    {
        ulong state = this.key ^ ((ulong)(octave - LowestOctave + 1) << 32 | node);
        this.generator.Restart(MersenneTwister.SplitMix(ref state));
        this.generator.NextNormal(this.normals);
    }
}
