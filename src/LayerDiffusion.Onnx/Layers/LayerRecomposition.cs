using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>
/// A foreground, a background and the picture that they make: the foreground over the background is the composite, exactly.
/// </summary>
/// <remarks>
/// A model that makes both layers and their blend makes three pictures that do not quite agree. With the model's blend T, foreground F, background B
/// and alpha a, the residual r = T − (a·F + (1−a)·B) is removed by the move of least norm: F += a·r ∕ (a² + (1−a)²), B += (1−a)·r ∕ (a² + (1−a)²)
/// (the least-squares solution of one linear equation in two unknowns). So the foreground takes the blend's colour where it is opaque, the
/// background where the foreground is invisible. What a colour at the end of its range cannot take, the other layer takes; both cannot be at their
/// ends at once, as every colour of T lies between theirs then. Alpha stays as it is.
/// </remarks>
public sealed class LayerRecomposition
{
    // A composite in units of 1/255² rounds to the wanted 8-bit value when it is at most this far from it.
    private const int Tolerance = 127;

    private LayerRecomposition(RgbaImage foreground, RgbaImage background, RgbaImage composite, LayerRefitReport report)
    {
        this.Foreground = foreground;
        this.Background = background;
        this.Composite = composite;
        this.Report = report;
    }

    /// <summary>Gets the foreground, straight, with the alpha that was given. If the refit moved it, the colour under alpha 0 is bled anew from what is visible.</summary>
    public RgbaImage Foreground { get; }

    /// <summary>Gets the background, straight and opaque.</summary>
    public RgbaImage Background { get; }

    /// <summary>Gets the delivered picture, straight and opaque: <see cref="Foreground"/> over <see cref="Background"/> (<see cref="Compositing"/>) is this, sample by sample.</summary>
    public RgbaImage Composite { get; }

    /// <summary>Gets how far the layers moved.</summary>
    public LayerRefitReport Report { get; }

    /// <summary>Composes two layers as they are; nothing moves.</summary>
    /// <param name="foreground">The upper layer; a premultiplied one is divided by its alpha first.</param>
    /// <param name="background">The opaque lower layer, as large.</param>
    /// <returns>New pictures: the layers and the foreground over the background.</returns>
    /// <exception cref="ArgumentException">The sizes differ or the background is not opaque.</exception>
    public static LayerRecomposition Fit(RgbaImage foreground, RgbaImage background)
    {
        ArgumentNullException.ThrowIfNull(foreground);
        CheckOpaque(background, foreground, nameof(background));
        return Fit(foreground, background, Compositing.SourceOver(background.ToStraight(), foreground.ToStraight()));
    }

    /// <summary>Moves the colours of two layers as little as possible so that they compose to the model's blended picture.</summary>
    /// <param name="foreground">The upper layer; a premultiplied one is divided by its alpha first.</param>
    /// <param name="background">The opaque lower layer, as large.</param>
    /// <param name="blended">The model's picture of both together, opaque and as large; it becomes the composite.</param>
    /// <returns>New pictures: the moved layers and the composite.</returns>
    /// <exception cref="ArgumentException">The sizes differ, or the background or the blended picture is not opaque.</exception>
    public static LayerRecomposition Fit(RgbaImage foreground, RgbaImage background, RgbaImage blended)
    {
        ArgumentNullException.ThrowIfNull(foreground);
        CheckOpaque(background, foreground, nameof(background));
        CheckOpaque(blended, foreground, nameof(blended));
        RgbaImage upper = foreground.ToStraight();
        RgbaImage lower = background.ToStraight();
        RgbaImage composite = blended.ToStraight();
        Sums sums = default;
        for (int y = 0; y < upper.Height; y++)
        {
            FitRow(upper.GetRow(y), lower.GetRow(y), composite.GetRow(y), ref sums);
        }

        return new LayerRecomposition(sums.Foreground.Largest == 0 ? upper : AlphaHygiene.Bleed(upper), lower, composite, new LayerRefitReport
        {
            Foreground = sums.Foreground.ToDifference(),
            Background = sums.Background.ToDifference(),
            BlendDrift = sums.Drift.ToDifference(),
            MovedShare = sums.Moved / ((double)upper.Width * upper.Height),
        });
    }

    private static void FitRow(Span<byte> foreground, Span<byte> background, ReadOnlySpan<byte> blended, ref Sums sums)
    {
        for (int i = 0; i < foreground.Length; i += 4)
        {
            int alpha = foreground[i + 3];
            bool moved = false;
            for (int sample = i; sample < i + 3; sample++)
            {
                int upper = foreground[sample];
                int lower = background[sample];
                int composite = ((upper * alpha) + (lower * (255 - alpha)) + Tolerance) / 255;
                sums.Drift.Add(Math.Abs(blended[sample] - composite));
                (int newUpper, int newLower) = composite == blended[sample] ? (upper, lower) : FitSample(alpha, upper, lower, blended[sample]);
                foreground[sample] = (byte)newUpper;
                background[sample] = (byte)newLower;
                moved |= newUpper != upper || newLower != lower;
                if (alpha > 0)
                {
                    sums.Foreground.Add(Math.Abs(newUpper - upper));
                }

                if (alpha < 255)
                {
                    sums.Background.Add(Math.Abs(newLower - lower));
                }
            }

            sums.Moved += moved ? 1 : 0;
        }
    }

    // All in whole numbers: alpha and rest in 1/255, the residual in 1/255².
    private static (int Upper, int Lower) FitSample(int alpha, int upper, int lower, int target)
    {
        int rest = 255 - alpha;
        int residual = (255 * target) - (alpha * upper) - (rest * lower);
        int norm = (alpha * alpha) + (rest * rest);
        upper = Math.Clamp(upper + DivideRounded(alpha * residual, norm), 0, 255);
        lower = Math.Clamp(lower + DivideRounded(rest * residual, norm), 0, 255);

        // Rounding alone leaves at most the tolerance; more is left only where one of both was clamped.
        residual = (255 * target) - (alpha * upper) - (rest * lower);
        if (Math.Abs(residual) > Tolerance)
        {
            bool upperIsFull = upper == (residual > 0 ? 255 : 0);
            int weight = upperIsFull ? rest : alpha;
            int move = Math.Sign(residual) * ((Math.Abs(residual) - Tolerance + weight - 1) / weight);
            (upper, lower) = upperIsFull ? (upper, lower + move) : (upper + move, lower);
        }

        return (upper, lower);
    }

    private static int DivideRounded(int number, int divisor) => ((2 * number) + (Math.Sign(number) * divisor)) / (2 * divisor);

    private static void CheckOpaque(RgbaImage image, RgbaImage foreground, string name)
    {
        ArgumentNullException.ThrowIfNull(image, name);
        if (image.Width != foreground.Width || image.Height != foreground.Height)
        {
            throw new ArgumentException($"The {name} picture is {image.Width}×{image.Height}, the foreground {foreground.Width}×{foreground.Height}; they must be equal.", name);
        }

        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.GetRow(y);
            for (int i = 3; i < row.Length; i += 4)
            {
                if (row[i] != 255)
                {
                    throw new ArgumentException($"The {name} picture has alpha {row[i]} at ({i / 4}, {y}); wanted is 255 everywhere.", name);
                }
            }
        }
    }

    private struct Sums
    {
        public DifferenceSum Foreground;
        public DifferenceSum Background;
        public DifferenceSum Drift;
        public long Moved;
    }

    private struct DifferenceSum
    {
        private long sum;
        private long count;

        public int Largest { get; private set; }

        public void Add(int difference)
        {
            this.sum += difference;
            this.count++;
            this.Largest = Math.Max(this.Largest, difference);
        }

        public readonly ColorDifference ToDifference() => new(this.count == 0 ? 0 : (double)this.sum / this.count, this.Largest);
    }
}
