using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Imaging;

/// <content>PNG files in and out.</content>
public sealed partial class RgbaImage
{
    /// <summary>Loads a PNG file of any kind as straight RGBA with 8 bits a sample.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>The picture; of an animated file the default image. 16-bit samples keep their high byte; gamma and colour profiles are not applied.</returns>
    /// <exception cref="ImageFormatException">The file is no PNG file, is damaged or exceeds the limits; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RgbaImage LoadPng(string path, PngReadOptions? options = null) => LoadPng(path, out _, options);

    /// <summary>Loads a PNG file together with its texts and colour description, which <see cref="PngOptions.Metadata"/> can pass on.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">What the file says beside its pixels.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>The picture, as <see cref="LoadPng(string, PngReadOptions?)"/>.</returns>
    /// <exception cref="ImageFormatException">The file is no PNG file, is damaged or exceeds the limits; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RgbaImage LoadPng(string path, out PngMetadata metadata, PngReadOptions? options = null)
    {
        (RgbaImage image, metadata) = ImageFile.Read(path, stream =>
        {
            PngDecoder decoder = PngDecoder.Read(stream, options ?? PngReadOptions.Default, keepPixels: true);
            return (PngPixels.ToImage(decoder), decoder.Metadata);
        });
        return image;
    }

    /// <summary>Loads a PNG picture from a stream and leaves the stream behind its last byte.</summary>
    /// <param name="stream">A stream that stands at the PNG signature; it need not be seekable.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>The picture, as <see cref="LoadPng(string, PngReadOptions?)"/>.</returns>
    /// <exception cref="ImageFormatException">The data is no PNG file, is damaged or exceeds the limits.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static RgbaImage LoadPng(Stream stream, PngReadOptions? options = null)
    {
        return PngPixels.ToImage(PngDecoder.Read(stream, options ?? PngReadOptions.Default, keepPixels: true));
    }

    /// <summary>Decodes a PNG file that is in memory; bytes after its end are ignored.</summary>
    /// <param name="png">The file's bytes.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>The picture, as <see cref="LoadPng(string, PngReadOptions?)"/>.</returns>
    /// <exception cref="ImageFormatException">The data is no PNG file, is damaged or exceeds the limits.</exception>
    public static unsafe RgbaImage DecodePng(ReadOnlySpan<byte> png, PngReadOptions? options = null)
    {
        fixed (byte* start = png)
        {
            // An empty span has no address to read from.
            using Stream stream = png.IsEmpty ? Stream.Null : new UnmanagedMemoryStream(start, png.Length);
            return LoadPng(stream, options);
        }
    }

    /// <summary>Saves the picture as a PNG file with straight alpha, 8 bits a sample, all or nothing.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="options">How to write; null means <see cref="PngOptions.Default"/>.</param>
    /// <remarks>
    /// PNG stores straight alpha, so a premultiplied picture is divided by its alpha first. To store its numbers as they are, for a loader that takes a file's colour for
    /// premultiplied, say so: <c>RgbaImage.FromPixels(image.Pixels.Span, image.Width, image.Height).SavePng(path)</c>.
    /// </remarks>
    /// <exception cref="ArgumentException">A text or colour description cannot be stored in a PNG file.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SavePng(string path, PngOptions? options = null) => AtomicFile.Write(path, stream => this.SavePng(stream, options));

    /// <summary>Writes the picture as a PNG file with straight alpha, 8 bits a sample; a premultiplied one is divided by its alpha first.</summary>
    /// <param name="stream">Where to; it need not be seekable and stays open.</param>
    /// <param name="options">How to write; null means <see cref="PngOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">A text or colour description cannot be stored in a PNG file.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void SavePng(Stream stream, PngOptions? options = null)
    {
        PngEncoder.Write(stream, this.Width, this.Height, 8, options ?? PngOptions.Default, (y, row) =>
        {
            if (this.AlphaMode == AlphaMode.Premultiplied)
            {
                AlphaConversion.Unpremultiply(this.GetRow(y), row);
            }
            else
            {
                this.GetRow(y).CopyTo(row);
            }
        });
    }

    /// <summary>Encodes the picture as a PNG file with straight alpha, 8 bits a sample; a premultiplied one is divided by its alpha first.</summary>
    /// <param name="options">How to write; null means <see cref="PngOptions.Default"/>.</param>
    /// <returns>The file's bytes.</returns>
    /// <exception cref="ArgumentException">A text or colour description cannot be stored in a PNG file.</exception>
    public byte[] EncodePng(PngOptions? options = null)
    {
        using MemoryStream stream = new();
        this.SavePng(stream, options);
        return stream.ToArray();
    }
}
