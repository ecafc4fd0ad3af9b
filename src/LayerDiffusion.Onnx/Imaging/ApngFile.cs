using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Imaging;

/// <summary>
/// Animated PNG files (PNG specification, third edition, "APNG"). Their default image is the first frame, so that a viewer that knows no animation
/// shows it, as <see cref="RgbaImage.LoadPng(string, PngReadOptions?)"/> does.
/// </summary>
public static class ApngFile
{
    /// <summary>Saves an animation, all or nothing.</summary>
    /// <param name="frames">One frame or more, all of one size; premultiplied ones are divided by their alpha.</param>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="options">How to write; null means <see cref="ApngOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">There is no frame, sizes differ, or the metadata cannot be stored in a PNG file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A delay or an option is out of its range.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(IReadOnlyList<AnimationFrame> frames, string path, ApngOptions? options = null)
    {
        ApngEncoder.Check(frames, options ?? ApngOptions.Default);
        AtomicFile.Write(path, stream => Write(frames, stream, options));
    }

    /// <summary>Writes an animation.</summary>
    /// <param name="frames">One frame or more, all of one size; premultiplied ones are divided by their alpha.</param>
    /// <param name="stream">Where to; it need not be seekable and stays open.</param>
    /// <param name="options">How to write; null means <see cref="ApngOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">There is no frame, sizes differ, or the metadata cannot be stored in a PNG file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A delay or an option is out of its range.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(IReadOnlyList<AnimationFrame> frames, Stream stream, ApngOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= ApngOptions.Default;
        ApngEncoder.Check(frames, options);
        new ApngEncoder(stream, options).Write(frames);
    }
}
