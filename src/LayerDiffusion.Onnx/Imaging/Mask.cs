namespace LayerDiffusion.Onnx.Imaging;

/// <summary>A region of a picture: 255 inside, 0 outside, values between at soft edges.</summary>
public sealed class Mask
{
    // Far enough for any picture, and near enough for differences and products to stay exact.
    private const double FarthestPoint = 1e9;

    private readonly byte[] values;

    private Mask(byte[] values, int width, int height)
    {
        this.values = values;
        this.Width = width;
        this.Height = height;
    }

    /// <summary>Gets the width in pixels.</summary>
    public int Width { get; }

    /// <summary>Gets the height in pixels.</summary>
    public int Height { get; }

    /// <summary>Gets the values, <c>[height,width]</c>.</summary>
    public ReadOnlyMemory<byte> Values => this.values;

    /// <summary>Gets a value indicating whether nothing is inside.</summary>
    public bool IsEmpty => !this.values.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Makes a mask of values.</summary>
    /// <param name="values"><c>[height,width]</c>, 255 is inside.</param>
    /// <param name="width">Width, 1 or more.</param>
    /// <param name="height">Height, 1 or more.</param>
    /// <returns>The mask.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    /// <exception cref="ArgumentException">There are not width × height values.</exception>
    public static Mask FromValues(ReadOnlySpan<byte> values, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        return values.Length == (long)width * height
            ? new Mask(values.ToArray(), width, height)
            : throw new ArgumentException($"A mask of {width}×{height} has {(long)width * height} values, given were {values.Length}.", nameof(values));
    }

    /// <summary>Makes a mask of a picture's brightness: white is inside, black and transparent are outside.</summary>
    /// <param name="image">The picture; grey values count as they are, colour by ITU-R 601 luma.</param>
    /// <returns>The mask.</returns>
    public static Mask FromImage(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return FromPixels(image.ToPremultiplied(), static pixel => (byte)(((pixel[0] * 19595) + (pixel[1] * 38470) + (pixel[2] * 7471) + 0x8000) >> 16));
    }

    /// <summary>Makes a mask of a picture's alpha: opaque is inside.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>The mask.</returns>
    public static Mask FromAlpha(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return FromPixels(image, static pixel => pixel[3]);
    }

    /// <summary>Makes a mask with a rectangle inside.</summary>
    /// <param name="width">Width of the mask.</param>
    /// <param name="height">Height of the mask.</param>
    /// <param name="x">Left column of the rectangle.</param>
    /// <param name="y">Top row of the rectangle.</param>
    /// <param name="rectangleWidth">Width of the rectangle; what lies beyond the mask is cut off.</param>
    /// <param name="rectangleHeight">Height of the rectangle; what lies beyond the mask is cut off.</param>
    /// <returns>The mask.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or the mask is larger than a picture can be.</exception>
    public static Mask Rectangle(int width, int height, int x, int y, int rectangleWidth, int rectangleHeight)
    {
        Mask mask = Empty(width, height);
        int left = Math.Clamp(x, 0, width);
        int right = (int)Math.Clamp((long)x + rectangleWidth, left, width);
        int bottom = (int)Math.Clamp((long)y + rectangleHeight, 0, height);
        for (int row = Math.Clamp(y, 0, height); row < bottom; row++)
        {
            mask.values.AsSpan((row * width) + left, right - left).Fill(255);
        }

        return mask;
    }

    /// <summary>Makes a mask of a closed line, as a lasso tool draws it. A pixel is inside when its centre is, by the even-odd rule.</summary>
    /// <param name="width">Width of the mask.</param>
    /// <param name="height">Height of the mask.</param>
    /// <param name="points">Corners in pixels, three or more; (0, 0) is the top left corner of the picture. The last is joined with the first.</param>
    /// <returns>The mask.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or the mask is larger than a picture can be.</exception>
    /// <exception cref="ArgumentException">There are fewer than three points, or one of them is not finite or beyond ±1e9.</exception>
    public static Mask Polygon(int width, int height, params ReadOnlySpan<(double X, double Y)> points)
    {
        Mask mask = Empty(width, height);
        if (points.Length < 3)
        {
            throw new ArgumentException($"A region needs three points or more, given were {points.Length}.", nameof(points));
        }

        foreach ((double x, double y) in points)
        {
            if (!(Math.Abs(x) <= FarthestPoint && Math.Abs(y) <= FarthestPoint))
            {
                throw new ArgumentException("A point of a region is not finite or beyond ±1e9 pixels.", nameof(points));
            }
        }

        List<double> crossings = [];
        for (int row = 0; row < height; row++)
        {
            double y = row + 0.5;
            crossings.Clear();
            for (int i = 0; i < points.Length; i++)
            {
                (double x1, double y1) = points[i];
                (double x2, double y2) = points[(i + 1) % points.Length];
                if ((y1 <= y) != (y2 <= y))
                {
                    crossings.Add(x1 + ((y - y1) / (y2 - y1) * (x2 - x1)));
                }
            }

            crossings.Sort();
            for (int i = 0; i + 1 < crossings.Count; i += 2)
            {
                int left = (int)Math.Clamp(Math.Ceiling(crossings[i] - 0.5), 0, width);
                int right = (int)Math.Clamp(Math.Ceiling(crossings[i + 1] - 0.5), left, width);
                mask.values.AsSpan((row * width) + left, right - left).Fill(255);
            }
        }

        return mask;
    }

    /// <summary>Exchanges inside and outside.</summary>
    /// <returns>A new mask.</returns>
    public Mask Invert() => new(Array.ConvertAll(this.values, static value => (byte)(255 - value)), this.Width, this.Height);

    /// <summary>Widens the inside: each value becomes the largest within a square about it.</summary>
    /// <param name="radius">Pixels, 0 or more; more than the longer side counts as that.</param>
    /// <returns>A new mask.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="radius"/> is negative.</exception>
    public Mask Grow(int radius)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        return this.Separably(radius, static (window, _) =>
        {
            byte largest = 0;
            foreach (byte value in window)
            {
                largest = Math.Max(largest, value);
            }

            return largest;
        });
    }

    /// <summary>Softens the edge: each value becomes the mean of a square about it.</summary>
    /// <param name="radius">Pixels, 0 or more; more than the longer side counts as that.</param>
    /// <returns>A new mask.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="radius"/> is negative.</exception>
    public Mask Feather(int radius)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        return this.Separably(radius, static (window, size) =>
        {
            int sum = 0;
            foreach (byte value in window)
            {
                sum += value;
            }

            return (byte)((sum + (size / 2)) / size);
        });
    }

    /// <summary>Makes a grey picture of the mask.</summary>
    /// <returns>An opaque picture.</returns>
    public RgbaImage ToImage()
    {
        RgbaImage image = new(this.Width, this.Height);
        Span<byte> pixels = image.Span;
        for (int i = 0; i < this.values.Length; i++)
        {
            pixels.Slice(i * 4, 3).Fill(this.values[i]);
            pixels[(i * 4) + 3] = 255;
        }

        return image;
    }

    private static Mask Empty(int width, int height) => new(new byte[RgbaImage.SampleCount(width, height) / 4], width, height);

    private static Mask FromPixels(RgbaImage image, PixelValue valueOf)
    {
        byte[] values = new byte[image.Width * image.Height];
        ReadOnlySpan<byte> pixels = image.Span;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = valueOf(pixels.Slice(i * 4, 4));
        }

        return new Mask(values, image.Width, image.Height);
    }

    // Rows first, then columns; beyond the mask the outermost values go on.
    private Mask Separably(int radius, WindowValue valueOf)
    {
        radius = Math.Min(radius, Math.Max(this.Width, this.Height));
        byte[] rows = new byte[this.values.Length];
        byte[] result = new byte[this.values.Length];
        byte[] window = new byte[(2 * radius) + 1];
        for (int y = 0; y < this.Height; y++)
        {
            for (int x = 0; x < this.Width; x++)
            {
                for (int k = 0; k < window.Length; k++)
                {
                    window[k] = this.values[(y * this.Width) + Math.Clamp(x + k - radius, 0, this.Width - 1)];
                }

                rows[(y * this.Width) + x] = valueOf(window, window.Length);
            }
        }

        for (int y = 0; y < this.Height; y++)
        {
            for (int x = 0; x < this.Width; x++)
            {
                for (int k = 0; k < window.Length; k++)
                {
                    window[k] = rows[(Math.Clamp(y + k - radius, 0, this.Height - 1) * this.Width) + x];
                }

                result[(y * this.Width) + x] = valueOf(window, window.Length);
            }
        }

        return new Mask(result, this.Width, this.Height);
    }

    private delegate byte PixelValue(ReadOnlySpan<byte> pixel);

    private delegate byte WindowValue(ReadOnlySpan<byte> window, int size);
}
