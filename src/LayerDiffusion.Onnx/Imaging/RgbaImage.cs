namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// An 8-bit image of red, green, blue, alpha samples: rows from top to bottom without gaps, four bytes a pixel.
/// </summary>
/// <remarks>Instances are safe to read from many threads; writing through <see cref="Pixels"/> is the caller's to coordinate.</remarks>
public sealed partial class RgbaImage
{
    /// <summary>Largest number of pixels of one image; four times it still fits an array.</summary>
    internal const int MaximumPixels = int.MaxValue / 4 - 16;

    private readonly byte[] pixels;

    /// <summary>Initializes a new instance of the <see cref="RgbaImage"/> class, all samples 0.</summary>
    /// <param name="width">Width in pixels, 1 or more.</param>
    /// <param name="height">Height in pixels, 1 or more.</param>
    /// <param name="alphaMode">How colour relates to alpha.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1 or the area is beyond what an array holds.</exception>
    public RgbaImage(int width, int height, AlphaMode alphaMode = AlphaMode.Straight)
        : this(new byte[SampleCount(width, height)], width, height, alphaMode)
    {
    }

    private RgbaImage(byte[] pixels, int width, int height, AlphaMode alphaMode)
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

    /// <summary>Gets the bytes of one row: four times the width.</summary>
    public int Stride => this.Width * 4;

    /// <summary>Gets how colour relates to alpha.</summary>
    public AlphaMode AlphaMode { get; }

    /// <summary>Gets the samples themselves, <c>[height, width, 4]</c> as red, green, blue, alpha.</summary>
    public Memory<byte> Pixels => this.pixels;

    /// <summary>Gets the samples for code inside this library.</summary>
    internal Span<byte> Span => this.pixels;

    /// <summary>Makes an image from a copy of samples.</summary>
    /// <param name="pixels">Samples <c>[height, width, 4]</c> as red, green, blue, alpha.</param>
    /// <param name="width">Width in pixels, 1 or more.</param>
    /// <param name="height">Height in pixels, 1 or more.</param>
    /// <param name="alphaMode">How colour relates to alpha.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1 or the area is beyond what an array holds.</exception>
    /// <exception cref="ArgumentException"><paramref name="pixels"/> does not hold width × height × 4 bytes.</exception>
    public static RgbaImage FromPixels(ReadOnlySpan<byte> pixels, int width, int height, AlphaMode alphaMode = AlphaMode.Straight)
    {
        int expected = SampleCount(width, height);
        if (pixels.Length != expected)
        {
            throw new ArgumentException($"{width}×{height} pixels are {expected} bytes, given were {pixels.Length}.", nameof(pixels));
        }

        return new RgbaImage(pixels.ToArray(), width, height, alphaMode);
    }

    /// <summary>Gets one row of samples.</summary>
    /// <param name="y">Row, 0 at the top.</param>
    /// <returns>Four times the width bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="y"/> is no row of the image.</exception>
    public Span<byte> GetRow(int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, this.Height);
        return this.pixels.AsSpan(y * this.Stride, this.Stride);
    }

    /// <summary>Copies the samples into a new array, as a GPU upload wants them.</summary>
    /// <returns><c>[height, width, 4]</c> bytes.</returns>
    public byte[] ToArray() => [.. this.pixels];

    /// <summary>Copies the samples.</summary>
    /// <param name="destination">At least height × width × 4 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public void CopyTo(Span<byte> destination)
    {
        if (destination.Length < this.pixels.Length)
        {
            throw new ArgumentException($"{this.Width}×{this.Height} pixels are {this.pixels.Length} bytes, there is room for {destination.Length}.", nameof(destination));
        }

        this.pixels.CopyTo(destination);
    }

    /// <summary>Copies the image.</summary>
    /// <returns>An image with samples of its own.</returns>
    public RgbaImage Clone() => new([.. this.pixels], this.Width, this.Height, this.AlphaMode);

    /// <summary>Gets the samples of an image and checks its sides.</summary>
    internal static int SampleCount(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if ((long)width * height > MaximumPixels)
        {
            throw new ArgumentOutOfRangeException(nameof(height), height, $"{width}×{height} pixels are more than the {MaximumPixels} that one image can hold.");
        }

        return width * height * 4;
    }
}
