using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>OpenRaster files (<c>.ora</c>), which Krita, GIMP and MyPaint read: a zip of PNG layers and a description of their order.</summary>
/// <remarks>The draft names no exclusion mode; it is written as <c>svg:exclusion</c>, which MyPaint reads and Krita takes for the usual mode.</remarks>
public static class OpenRasterFile
{
    /// <summary>Saves a document, all or nothing. Equal documents give equal bytes.</summary>
    /// <param name="document">The document.</param>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <exception cref="ArgumentException">The document cannot be written; the message says what is wrong with which layer.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is untouched.</exception>
    /// <exception cref="NotSupportedException">The file would be larger than 4 GiB.</exception>
    public static void Save(LayeredDocument document, string path)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Write(document, stream));
    }

    /// <summary>Writes a document from front to back, one encoded layer in memory at a time; the stream need not be seekable and stays open.</summary>
    /// <param name="document">The document.</param>
    /// <param name="stream">Where to.</param>
    /// <exception cref="ArgumentException">The document cannot be written; nothing was.</exception>
    /// <exception cref="NotSupportedException">The file would be larger than 4 GiB.</exception>
    public static void Write(LayeredDocument document, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(stream);
        document.Validate();
        OpenRasterWriter.Write(document, stream);
    }

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The document with its merged picture, if there is one. Filters and text are left out; an unknown blend mode is read as the usual one.</returns>
    /// <exception cref="ImageFormatException">It is no OpenRaster file or is damaged.</exception>
    public static LayeredDocument Load(string path) => ImageFile.Read(path, Read);

    /// <summary>Reads a file, as <see cref="Load"/> does.</summary>
    /// <param name="stream">The file's bytes; read into memory first if it is not seekable.</param>
    /// <returns>The document with its merged picture, if there is one.</returns>
    /// <exception cref="ImageFormatException">It is no OpenRaster file or is damaged.</exception>
    public static LayeredDocument Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return OpenRasterReader.Read(stream);
    }
}
