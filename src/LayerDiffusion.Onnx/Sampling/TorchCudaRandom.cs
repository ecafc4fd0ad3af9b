using System.Numerics.Tensors;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// The normals of PyTorch's CUDA generator, <c>torch.randn</c> with <c>generator=torch.Generator("cuda").manual_seed(seed)</c> in float32,
/// made on the CPU: Philox 4x32-10 with cuRAND's Box–Muller transform. A seed found on a GPU (also the AUTOMATIC1111 web UI with its
/// random number source "GPU" or "NV") starts from the same noise here.
/// </summary>
/// <remarks>
/// <para>What is proved: the generator reproduces the published Random123 vectors, and the first draw of seed 0 the twelve normals that the
/// web UI publishes for an NVIDIA card, within 2.5e-7. (A GPU's own fast logarithm and sine leave differences of about 1e-6.)</para>
/// <para>What is not proved on a GPU: the numbers of later draws, and the order of values in a draw of more values than the GPU runs
/// threads at once (hundreds of thousands; a latent of one 1024 × 1024 image has 65,536). Both follow the published description of
/// torch's kernels: T = 256 · min(⌈n/256⌉, resident blocks) threads, each making four normals a round for the elements i, i+T, i+2T and i+3T,
/// and every draw moving the generator on by four times its rounds.</para>
/// <para>No method allocates. Instances are not safe for use by several threads at once.</para>
/// </remarks>
public sealed class TorchCudaRandom : INoiseSource
{
    /// <summary>The resident blocks of an NVIDIA GeForce RTX 4090: 768.</summary>
    public const int DefaultResidentBlocks = 768;

    private const int BlockThreads = 256;
    private const int ValuesPerRound = 4;

    private readonly ulong key;
    private readonly int residentBlocks;
    private ulong offset;

    /// <summary>Initializes a new instance of the <see cref="TorchCudaRandom"/> class, as <c>manual_seed</c> does.</summary>
    /// <param name="seed">Any seed; all 64 bits count.</param>
    /// <param name="residentBlocks">
    /// How many blocks of 256 threads the imitated GPU keeps resident: its multiprocessors × (threads per multiprocessor ÷ 256), for instance
    /// 492 for an RTX 3090, 768 for an RTX 4090, 864 for an A100, 1056 for an H100. Matters only for draws of more than 256 times as many values.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="residentBlocks"/> is below 1.</exception>
    public TorchCudaRandom(ulong seed, int residentBlocks = DefaultResidentBlocks)
    {
        if (residentBlocks < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(residentBlocks), residentBlocks, "A GPU keeps 1 block or more resident.");
        }

        this.key = seed;
        this.residentBlocks = residentBlocks;
    }

    /// <summary>Initializes a new instance of the <see cref="TorchCudaRandom"/> class, as <c>manual_seed</c> does.</summary>
    /// <param name="seed">Any seed; a negative one counts by its two's complement bits.</param>
    /// <param name="residentBlocks">How many blocks of 256 threads the imitated GPU keeps resident.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="residentBlocks"/> is below 1.</exception>
    public TorchCudaRandom(long seed, int residentBlocks = DefaultResidentBlocks)
        : this(unchecked((ulong)seed), residentBlocks)
    {
    }

    /// <summary>Fills the destination as <c>torch.randn(n, device="cuda")</c> does.</summary>
    /// <param name="destination">Receives the samples of the standard normal distribution; a shape is filled in row-major order.</param>
    public void NextNormal(Span<float> destination)
    {
        long blocks = Math.Min(((long)destination.Length + BlockThreads - 1) / BlockThreads, this.residentBlocks);
        long threads = blocks * BlockThreads;
        for (long round = 0; round < destination.Length; round += ValuesPerRound * threads)
        {
            for (long thread = 0; thread < threads && round + thread < destination.Length; thread += BlockThreads)
            {
                this.FillBlock(destination, round + thread, threads, (ulong)thread);
            }

            this.offset += ValuesPerRound;
        }
    }

    /// <summary>Makes the normals of one block of threads in one round and puts all that fall inside the destination there.</summary>
    private void FillBlock(Span<float> destination, long start, long stride, ulong firstThread)
    {
        Span<double> radii = stackalloc double[2 * BlockThreads];
        Span<double> angles = stackalloc double[2 * BlockThreads];
        bool onlyFirst = start + stride >= destination.Length;
        for (int i = 0; i < BlockThreads; i++)
        {
            (uint a, uint b, uint c, uint d) = Philox.Next(this.offset / ValuesPerRound, firstThread + (ulong)i, this.key);
            radii[i] = a;
            angles[i] = b;
            radii[i + BlockThreads] = c;
            angles[i + BlockThreads] = d;
        }

        int used = onlyFirst ? BlockThreads : 2 * BlockThreads;
        radii = radii[..used];
        angles = angles[..used];

        // Both uniforms lie in the middle of their interval of 2⁻³², so that none is 0.
        const double unit = 1.0 / (1UL << 32);
        TensorPrimitives.Add(radii, 0.5, radii);
        TensorPrimitives.Multiply(radii, unit, radii);
        TensorPrimitives.Log(radii, radii);
        TensorPrimitives.Multiply(radii, -2.0, radii);
        TensorPrimitives.Sqrt(radii, radii);
        TensorPrimitives.Add(angles, 0.5, angles);
        TensorPrimitives.Multiply(angles, 2.0 * Math.PI * unit, angles);

        Span<double> normals = stackalloc double[BlockThreads];
        for (int part = 0; part < ValuesPerRound; part++)
        {
            long target = start + (part * stride);
            if (target >= destination.Length)
            {
                break;
            }

            int pair = part / 2 * BlockThreads;
            ReadOnlySpan<double> angle = angles.Slice(pair, BlockThreads);
            if (part % 2 == 0)
            {
                TensorPrimitives.Sin(angle, normals);
            }
            else
            {
                TensorPrimitives.Cos(angle, normals);
            }

            TensorPrimitives.Multiply(normals, radii.Slice(pair, BlockThreads), normals);
            int count = (int)Math.Min(BlockThreads, destination.Length - target);
            TensorPrimitives.ConvertTruncating<double, float>(normals[..count], destination.Slice((int)target, count));
        }
    }
}
