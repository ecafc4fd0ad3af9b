using System.Globalization;

namespace LayerDiffusion.Onnx.Sampling;

/// <summary>
/// The noise of a batch whose images have sources of their own: a destination of <c>rows × length</c> values gets each row from the
/// source of that row, as diffusers' <c>randn_tensor</c> does with a list of generators.
/// </summary>
/// <remarks>Row k holds the same values, whatever the other rows are: a batch equals its images made one at a time. No draw allocates.</remarks>
public sealed class BatchNoise : INoiseSource
{
    private readonly INoiseSource[] rows;

    /// <summary>Initializes a new instance of the <see cref="BatchNoise"/> class.</summary>
    /// <param name="rows">One source for each image, in the order of the batch.</param>
    /// <exception cref="ArgumentException">There is no source, or one of them is null or named twice.</exception>
    public BatchNoise(params ReadOnlySpan<INoiseSource> rows)
    {
        if (rows.IsEmpty)
        {
            throw new ArgumentException("A batch needs one noise source or more; there is none.", nameof(rows));
        }

        this.rows = rows.ToArray();
        HashSet<INoiseSource> distinct = new(ReferenceEqualityComparer.Instance);
        for (int k = 0; k < this.rows.Length; k++)
        {
            if (this.rows[k] is null || !distinct.Add(this.rows[k]))
            {
                string found = this.rows[k] is null ? "is null" : "stands there twice";
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The noise source of row {k} {found}; each row needs one of its own."), nameof(rows));
            }
        }
    }

    /// <summary>Gets the number of images.</summary>
    public int Rows => this.rows.Length;

    /// <summary>Makes the noise of a batch from one seed.</summary>
    /// <param name="seed">The seed of the first image.</param>
    /// <param name="count">Number of images, 1 or more.</param>
    /// <param name="seeding">One generator for all images, or one for each.</param>
    /// <param name="generator">Makes a generator from a seed, for instance <c>seed =&gt; new TorchRandom(seed)</c>. Null: that one.</param>
    /// <returns>The generator itself for one image and for <see cref="BatchSeeding.Shared"/>, else a <see cref="BatchNoise"/> with the seeds seed, seed + 1, … (wrapping around).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1 or the seeding is none of the enumeration.</exception>
    public static INoiseSource Create(long seed, int count, BatchSeeding seeding, Func<long, INoiseSource>? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        generator ??= static value => new TorchRandom(value);
        return seeding switch
        {
            BatchSeeding.Shared => generator(seed),
            BatchSeeding.PerImage => Join(count, k => generator(unchecked(seed + k))),
            _ => throw new ArgumentOutOfRangeException(nameof(seeding), seeding, "Wanted PerImage or Shared."),
        };
    }

    /// <summary>
    /// Makes the noise of a batch of variations, as the AUTOMATIC1111 web UI does: all images start from the noise of one seed, blended with
    /// the noise of the variation seeds variationSeed, variationSeed + 1, … (see <see cref="VariationNoise"/>).
    /// </summary>
    /// <param name="seed">The seed of the picture that is varied.</param>
    /// <param name="variationSeed">The variation seed of the first image.</param>
    /// <param name="strength">0 keeps the picture of the seed, 1 gives the start noise of the variation seed.</param>
    /// <param name="count">Number of images, 1 or more.</param>
    /// <param name="latentHeight">Height of the latent, for the web UI's column-wise blend; 0 blends whole rows.</param>
    /// <param name="latentWidth">Width of the latent, or 0.</param>
    /// <param name="generator">Makes a generator from a seed. Null: <see cref="TorchRandom"/>.</param>
    /// <returns>The noise source of the batch.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is below 1, the strength lies outside 0 … 1, or a side is negative or alone.</exception>
    public static INoiseSource CreateVariations(
        long seed, long variationSeed, float strength, int count, int latentHeight = 0, int latentWidth = 0, Func<long, INoiseSource>? generator = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        generator ??= static value => new TorchRandom(value);
        return Join(count, k => new VariationNoise(generator(seed), generator(unchecked(variationSeed + k)), strength, latentHeight, latentWidth));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The length is not a multiple of the number of rows.</exception>
    public void NextNormal(Span<float> destination)
    {
        int length = this.RowLength(destination.Length, nameof(destination));
        for (int k = 0; k < this.rows.Length; k++)
        {
            this.rows[k].NextNormal(destination.Slice(k * length, length));
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The length is not a multiple of the number of rows.</exception>
    public void NextBrownian(Span<float> destination, double sigma, double nextSigma)
    {
        int length = this.RowLength(destination.Length, nameof(destination));
        for (int k = 0; k < this.rows.Length; k++)
        {
            this.rows[k].NextBrownian(destination.Slice(k * length, length), sigma, nextSigma);
        }
    }

    private static INoiseSource Join(int count, Func<int, INoiseSource> row)
    {
        if (count == 1)
        {
            return row(0);
        }

        INoiseSource[] rows = new INoiseSource[count];
        for (int k = 0; k < count; k++)
        {
            rows[k] = row(k);
        }

        return new BatchNoise(rows);
    }

    private int RowLength(int length, string name)
    {
        if (length % this.rows.Length != 0)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"The destination holds {length} values, wanted a multiple of the {this.rows.Length} rows of the batch."), name);
        }

        return length / this.rows.Length;
    }
}
