namespace LayerDiffusion.Onnx.Imaging;

/// <summary>What a PNG file says beside its pixels: texts and how its colours are meant. The pixels are never changed by it.</summary>
public sealed record PngMetadata
{
    /// <summary>Gets a description without anything in it.</summary>
    public static PngMetadata Empty { get; } = new();

    /// <summary>Gets the description of sRGB colours: chunks <c>sRGB</c> and, for readers that do not know it, <c>gAMA</c>.</summary>
    public static PngMetadata Srgb { get; } = new() { SrgbRenderingIntent = PngRenderingIntent.Perceptual, Gamma = 0.45455 };

    /// <summary>Gets the texts in the order of the file.</summary>
    public IReadOnlyList<PngText> Texts { get; init; } = [];

    /// <summary>Gets the rendering intent if the file says that its colours are sRGB (chunk <c>sRGB</c>), else null.</summary>
    public PngRenderingIntent? SrgbRenderingIntent { get; init; }

    /// <summary>Gets the exponent of the encoding, for example 0.45455 for sRGB (chunk <c>gAMA</c>, in steps of 0.00001), or null.</summary>
    public double? Gamma { get; init; }

    /// <summary>Gets the primaries (chunk <c>cHRM</c>), or null.</summary>
    public PngChromaticities? Chromaticities { get; init; }

    /// <summary>Gets the colour profile (chunk <c>iCCP</c>), or null. A file holds a profile or says sRGB, not both; the profile wins when writing.</summary>
    public PngIccProfile? IccProfile { get; init; }

    /// <summary>Reads the texts and colour description of a file without decoding its pixels.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>What the file says.</returns>
    /// <exception cref="ImageFormatException">The file is no PNG file, is damaged or exceeds the limits.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PngMetadata Load(string path, PngReadOptions? options = null)
    {
        return ImageFile.Read(path, stream => Load(stream, options));
    }

    /// <summary>Reads the texts and colour description from a stream, up to the end of the PNG data, without decoding its pixels.</summary>
    /// <param name="stream">A stream that stands at the PNG signature; it need not be seekable.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>What the file says.</returns>
    /// <exception cref="ImageFormatException">The data is no PNG file, is damaged or exceeds the limits.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static PngMetadata Load(Stream stream, PngReadOptions? options = null)
    {
        return PngDecoder.Read(stream, options ?? PngReadOptions.Default, keepPixels: false).Metadata;
    }

    /// <summary>Gets the first text with a keyword.</summary>
    /// <param name="keyword">The keyword, compared exactly.</param>
    /// <returns>The text, or null if there is none.</returns>
    public string? FindText(string keyword)
    {
        foreach (PngText text in this.Texts)
        {
            if (string.Equals(text.Keyword, keyword, StringComparison.Ordinal))
            {
                return text.Value;
            }
        }

        return null;
    }
}
