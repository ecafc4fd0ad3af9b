namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// An image of 32-bit floats, red, green, blue, alpha from 0 to 1 (more is allowed until the image is stored): rows from top to bottom without gaps.
/// </summary>
/// <remarks>Instances are safe to read from many threads; writing through <see cref="Pixels"/> is the caller's to coordinate.</remarks>
public sealed partial class RgbaFloatImage
{
    private readonly float[] pixels;

    /// <summary>Initializes a new instance of the <see cref="RgbaFloatImage"/> class, all samples 0.</summary>
    /// <param name="width">Width in pixels, 1 or more.</param>
    /// <param name="height">Height in pixels, 1 or more.</param>
    /// <param name="alphaMode">How colour relates to alpha.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1 or the area is beyond what an array holds.</exception>
    public RgbaFloatImage(int width, int height, AlphaMode alphaMode = AlphaMode.Straight)
        : this(new float[RgbaImage.SampleCount(width, height)], width, height, alphaMode)
    {
    }

    private RgbaFloatImage(float[] pixels, int width, int height, AlphaMode alphaMode)
    {
        this.pixels = pixels;
        this.Width = width;
        this.Height = height;
        this.AlphaMode = alphaMode;
    }

    /// <summary>Gets the width in pixels.</summary>
    public int Width { get; }

    /// <summary>Gets the height in pixels.</summary>
    public int Height { get; }

    /// <summary>Gets how colour relates to alpha.</summary>
    public AlphaMode AlphaMode { get; }

    /// <summary>Gets the samples themselves, <c>[height, width, 4]</c> as red, green, blue, alpha.</summary>
    public Memory<float> Pixels => this.pixels;

    /// <summary>Gets the samples for code inside this library.</summary>
    internal Span<float> Span => this.pixels;

    /// <summary>Makes an image from a copy of samples.</summary>
    /// <param name="pixels">Samples <c>[height, width, 4]</c> as red, green, blue, alpha.</param>
    /// <param name="width">Width in pixels, 1 or more.</param>
    /// <param name="height">Height in pixels, 1 or more.</param>
    /// <param name="alphaMode">How colour relates to alpha.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1 or the area is beyond what an array holds.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> does not hold width × height × 4 values.</exception>
    public static RgbaFloatImage FromPixels(ReadOnlySpan<float> pixels, int width, int height, AlphaMode alphaMode = AlphaMode.Straight)
    {
        int expected = RgbaImage.SampleCount(width, height);
        if (pixels.Length != expected)
        {
            throw new ArgumentException($"{width}×{height} pixels are {expected} values, given were {pixels.Length}.", nameof(pixels));
        }

        return new RgbaFloatImage(pixels.ToArray(), width, height, alphaMode);
    }

    /// <summary>Gets one row of samples.</summary>
    /// <param name="y">Row, 0 at the top.</param>
    /// <returns>Four times the width values.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="y"/> is no row of the image.</exception>
    public Span<float> GetRow(int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, this.Height);
        return this.pixels.AsSpan(y * this.Width * 4, this.Width * 4);
    }

    /// <summary>Copies the image.</summary>
    /// <returns>An image with samples of its own.</returns>
    public RgbaFloatImage Clone() => new([.. this.pixels], this.Width, this.Height, this.AlphaMode);

    /// <summary>Makes the premultiplied form: colour · alpha.</summary>
    /// <returns>A new image; a copy if this one is premultiplied already.</returns>
    public RgbaFloatImage ToPremultiplied()
    {
        if (this.AlphaMode == AlphaMode.Premultiplied)
        {
            return this.Clone();
        }

        RgbaFloatImage result = new(this.Width, this.Height, AlphaMode.Premultiplied);
        AlphaConversion.Premultiply(this.pixels, result.pixels);
        return result;
    }

    /// <summary>Makes the straight form: colour ∕ alpha, and 0 where alpha is 0.</summary>
    /// <returns>A new image; a copy if this one is straight already.</returns>
    public RgbaFloatImage ToStraight()
    {
        if (this.AlphaMode == AlphaMode.Straight)
        {
            return this.Clone();
        }

        RgbaFloatImage result = new(this.Width, this.Height);
        AlphaConversion.Unpremultiply(this.pixels, result.pixels);
        return result;
    }

    /// <summary>Makes the 8-bit form with the same alpha mode by clipping to 0…1 and rounding 255·x, halves to even.</summary>
    /// <returns>A new image; not-a-number becomes 0.</returns>
    public RgbaImage ToImage()
    {
        RgbaImage result = new(this.Width, this.Height, this.AlphaMode);
        AlphaConversion.Round(this.pixels, result.Span);
        return result;
    }

    /// <summary>Makes the 8-bit form with the same alpha mode by clipping to 0…1 and dropping the fraction of 255·x, as the LayerDiffuse reference implementation does.</summary>
    /// <returns>A new image; not-a-number becomes 0.</returns>
    public RgbaImage ToImageTruncated()
    {
        RgbaImage result = new(this.Width, this.Height, this.AlphaMode);
        AlphaConversion.Truncate(this.pixels, result.Span);
        return result;
    }
}
