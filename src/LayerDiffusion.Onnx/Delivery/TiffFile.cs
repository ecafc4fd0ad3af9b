using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>
/// Layered TIFF files as Photoshop writes them: an ordinary picture, which every viewer shows, with the layers of a PSD file in the tag ImageSourceData (37724), which Photoshop,
/// Krita 5.1 and later and ImageMagick read.
/// </summary>
/// <remarks>Sources: TIFF 6.0; Adobe Photoshop TIFF Technical Notes (2002); Adobe Photoshop File Formats Specification for the layers.</remarks>
public static class TiffFile
{
    /// <summary>Saves a document, all or nothing. Equal documents give equal bytes.</summary>
    /// <param name="document">The document.</param>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="compression">How the channels of layers are compressed. The merged picture is always deflated.</param>
    /// <exception cref="ArgumentException">The document cannot be written: the message says what is wrong with which layer, or that the file would be larger than 4 GiB.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is untouched.</exception>
    public static void Save(LayeredDocument document, string path, PsdCompression compression = PsdCompression.Rle)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Write(document, stream, compression));
    }

    /// <summary>Writes a document from front to back; the stream need not be seekable and stays open.</summary>
    /// <param name="document">The document.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="compression">How the channels of layers are compressed. The merged picture is always deflated.</param>
    /// <exception cref="ArgumentException">The document cannot be written; nothing was.</exception>
    public static void Write(LayeredDocument document, Stream stream, PsdCompression compression = PsdCompression.Rle)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(stream);
        if (!Enum.IsDefined(compression))
        {
            throw new ArgumentOutOfRangeException(nameof(compression), compression, "No such compression.");
        }

        document.Validate();
        new TiffWriter(document, compression).Write(stream);
    }
}
