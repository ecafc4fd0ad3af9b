namespace LayerDiffusion.Onnx.Imaging;

/// <summary>What a transparent picture needs before an engine filters, compresses or blends it. Every method returns a new picture in the alpha mode of the old one, unless it says otherwise.</summary>
public static class AlphaHygiene
{
    /// <summary>
    /// Spreads the colour of visible pixels into the invisible ones around them, ring by ring, so that filtering finds fitting colour there.
    /// Alpha and the colour of visible pixels stay as they are.
    /// </summary>
    /// <param name="image">The picture; a premultiplied one is divided by its alpha first.</param>
    /// <param name="distance">How many pixels far, diagonals counting as one; invisible pixels beyond keep their colour, as do those more than 65,533 pixels away. 2ᵏ suffices for k mip levels.</param>
    /// <returns>A new straight picture.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="distance"/> is negative.</exception>
    public static RgbaImage Bleed(RgbaImage image, int distance = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(distance);
        RgbaImage result = image.ToStraight();
        ColorDilation.Run(result, solidAlpha: 1, distance);
        return result;
    }

    /// <summary>
    /// Replaces the colour of translucent pixels near the solid part by colour spread from it, which removes the rim of another background's
    /// colour that a cut-out picture has. Alpha and the colour of solid pixels stay as they are.
    /// </summary>
    /// <param name="image">The picture; a premultiplied one is divided by its alpha first.</param>
    /// <param name="distance">How many pixels far from the solid part, diagonals counting as one; translucent pixels beyond, such as glass, keep their colour.</param>
    /// <param name="solidAlpha">The least alpha of a solid pixel, 1 to 255.</param>
    /// <returns>A new straight picture.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="distance"/> is negative or <paramref name="solidAlpha"/> is 0.</exception>
    public static RgbaImage Defringe(RgbaImage image, int distance = 2, byte solidAlpha = 250)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(distance);
        ArgumentOutOfRangeException.ThrowIfZero(solidAlpha);
        RgbaImage result = image.ToStraight();
        ColorDilation.Run(result, solidAlpha, distance);
        return result;
    }

    /// <summary>Removes a known background colour from translucent pixels: colour becomes (colour − (1 − alpha) · background) ∕ alpha, clipped.</summary>
    /// <param name="image">The picture; a premultiplied one is divided by its alpha first.</param>
    /// <param name="red">Red of the background.</param>
    /// <param name="green">Green of the background.</param>
    /// <param name="blue">Blue of the background.</param>
    /// <returns>A new straight picture that, laid over that background, looks as the colours of <paramref name="image"/> did when they were opaque.</returns>
    public static RgbaImage RemoveMatte(RgbaImage image, byte red, byte green, byte blue)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbaImage result = image.ToStraight();
        ReadOnlySpan<byte> background = [red, green, blue];
        Span<byte> pixels = result.Span;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            for (int channel = 0; channel < 3 && alpha is > 0 and < 255; channel++)
            {
                double color = ((255.0 * pixels[i + channel]) - ((255 - alpha) * background[channel])) / alpha;
                pixels[i + channel] = (byte)(Math.Clamp(color, 0, 255) + 0.5);
            }
        }

        return result;
    }

    /// <summary>Makes pixels with little alpha invisible, and optionally all others opaque.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="threshold">The least alpha that stays visible.</param>
    /// <param name="binary">Whether what stays visible becomes opaque, as masked materials want; otherwise its alpha stays.</param>
    /// <returns>A new picture.</returns>
    public static RgbaImage ThresholdAlpha(RgbaImage image, byte threshold, bool binary = false)
        => MapAlpha(image, alpha => alpha < threshold ? (byte)0 : binary ? (byte)255 : alpha);

    /// <summary>Stretches the contrast of alpha: up to <paramref name="low"/> becomes 0, from <paramref name="high"/> on 255, linear between.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="low">Alpha that becomes invisible.</param>
    /// <param name="high">Alpha that becomes opaque; above <paramref name="low"/>.</param>
    /// <returns>A new picture.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="high"/> is not above <paramref name="low"/>.</exception>
    public static RgbaImage StretchAlpha(RgbaImage image, byte low, byte high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, low);
        return MapAlpha(image, alpha => (byte)Math.Clamp((((alpha - low) * 255) + ((high - low) / 2)) / (high - low), 0, 255));
    }

    /// <summary>Changes the contrast of alpha around the middle: alpha becomes (alpha − ½) · contrast + ½, clipped.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="contrast">1 leaves alpha as it is, more makes edges harder, less makes everything more alike; 0 or more.</param>
    /// <returns>A new picture.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="contrast"/> is negative or not a number.</exception>
    public static RgbaImage AdjustAlphaContrast(RgbaImage image, double contrast)
    {
        if (!(contrast >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(contrast), contrast, "The contrast must be 0 or more.");
        }

        return MapAlpha(image, alpha => (byte)(Math.Clamp(((alpha - 127.5) * contrast) + 127.5, 0, 255) + 0.5));
    }

    /// <summary>Repeats the pixels of the edge outwards, so that filtering at the edge of a tile in an atlas finds its own colour.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="pixels">How many pixels to add at each side.</param>
    /// <returns>A new picture, 2 · <paramref name="pixels"/> wider and higher.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pixels"/> is negative or the result is too large.</exception>
    public static RgbaImage Extrude(RgbaImage image, int pixels)
    {
        ArgumentNullException.ThrowIfNull(image);
        RgbaImage result = image.Extend(pixels, pixels, pixels, pixels);
        for (int y = 0; y < result.Height; y++)
        {
            ReadOnlySpan<byte> source = image.GetRow(Math.Clamp(y - pixels, 0, image.Height - 1));
            Span<byte> row = result.GetRow(y);
            source.CopyTo(row[(4 * pixels)..]);
            for (int x = 0; x < pixels; x++)
            {
                source[..4].CopyTo(row[(4 * x)..]);
                source[^4..].CopyTo(row[^(4 * (x + 1))..]);
            }
        }

        return result;
    }

    /// <summary>Adds transparent columns at the right and rows at the bottom until both sides are powers of two.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>A new picture.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The result is too large.</exception>
    public static RgbaImage PadToPowerOfTwo(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PadTo(image, NextPowerOfTwo(image.Width), NextPowerOfTwo(image.Height));
    }

    /// <summary>Adds transparent columns at the right and rows at the bottom until both sides are multiples of a number, 4 for block compression.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="multiple">The number, 1 or more.</param>
    /// <returns>A new picture.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="multiple"/> is below 1 or the result is too large.</exception>
    public static RgbaImage PadToMultiple(RgbaImage image, int multiple = 4)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(multiple, 1);
        return PadTo(image, NextMultiple(image.Width, multiple), NextMultiple(image.Height, multiple));
    }

    private static long NextPowerOfTwo(int side) => (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)side);

    private static long NextMultiple(int side, int multiple) => (((long)side + multiple - 1) / multiple) * multiple;

    private static RgbaImage PadTo(RgbaImage image, long width, long height)
    {
        int right = (int)Math.Min(int.MaxValue, width - image.Width);
        int bottom = (int)Math.Min(int.MaxValue, height - image.Height);
        return image.Extend(0, 0, right, bottom);
    }

    private static RgbaImage MapAlpha(RgbaImage image, Func<byte, byte> map)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<byte> table = stackalloc byte[256];
        for (int alpha = 0; alpha < table.Length; alpha++)
        {
            table[alpha] = map((byte)alpha);
        }

        RgbaImage result = image.ToStraight();
        Span<byte> pixels = result.Span;
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = table[pixels[i]];
        }

        return image.AlphaMode == AlphaMode.Premultiplied ? result.ToPremultiplied() : result;
    }
}
