using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Photoshop files: PSD and PSB with 8-bit RGBA layers, groups and a merged picture.</summary>
public static class PsdFile
{
    /// <summary>Saves a document, all or nothing. Equal documents give equal bytes.</summary>
    /// <param name="document">The document.</param>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="options">How to write; run-length coded and PSD if possible by default.</param>
    /// <exception cref="ArgumentException">The document cannot be written; the message says what is wrong with which layer.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is untouched.</exception>
    public static void Save(LayeredDocument document, string path, PsdOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicFile.Write(path, stream => Write(document, stream, options));
    }

    /// <summary>Writes a document from front to back; the stream need not be seekable and stays open.</summary>
    /// <param name="document">The document.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="options">How to write; run-length coded and PSD if possible by default.</param>
    /// <exception cref="ArgumentException">The document cannot be written; nothing was.</exception>
    public static void Write(LayeredDocument document, Stream stream, PsdOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(stream);
        options ??= new PsdOptions();
        if (!Enum.IsDefined(options.Compression) || !Enum.IsDefined(options.Variant))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options, "No such compression or variant.");
        }

        document.Validate();
        PsdWriter.Write(document, stream, options);
    }

    /// <summary>Loads a file with 8-bit RGB layers, such as <see cref="Save"/> writes. Masks, effects and adjustments are left out; a group that passes through is read as an isolated one.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The document with its merged picture.</returns>
    /// <exception cref="ImageFormatException">It is no PSD or PSB file, is damaged, or is of a kind that is not read.</exception>
    public static LayeredDocument Load(string path) => ImageFile.Read(path, Read);

    /// <summary>Reads a file with 8-bit RGB layers, as <see cref="Load"/> does.</summary>
    /// <param name="stream">The file's bytes; read into memory first if it is not seekable.</param>
    /// <returns>The document with its merged picture.</returns>
    /// <exception cref="ImageFormatException">It is no PSD or PSB file, is damaged, or is of a kind that is not read.</exception>
    public static LayeredDocument Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (stream.CanSeek)
        {
            return new PsdReader(stream).Read();
        }

        using MemoryStream memory = new();
        stream.CopyTo(memory);
        memory.Position = 0;
        return new PsdReader(memory).Read();
    }
}
