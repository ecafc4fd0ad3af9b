using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Imaging;

/// <content>WebP files out.</content>
public sealed partial class RgbaImage
{
    /// <summary>Saves the picture as a lossless WebP file with straight alpha, all or nothing. Colour under alpha 0 is kept.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <remarks>WebP stores straight alpha, so a premultiplied picture is divided by its alpha first.</remarks>
    /// <exception cref="InvalidOperationException">A side is longer than the 16384 pixels that the format allows.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SaveWebP(string path)
    {
        this.CheckWebPSize();
        AtomicFile.Write(path, this.SaveWebP);
    }

    /// <summary>Writes the picture as a lossless WebP file with straight alpha. Colour under alpha 0 is kept.</summary>
    /// <param name="stream">Where to; it need not be seekable and stays open.</param>
    /// <exception cref="InvalidOperationException">A side is longer than the 16384 pixels that the format allows.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void SaveWebP(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        this.CheckWebPSize();
        RgbaImage straight = this.AlphaMode == AlphaMode.Straight ? this : this.ToStraight();
        WebPEncoder.Write(stream, straight.pixels, this.Width, this.Height);
    }

    /// <summary>Encodes the picture as a lossless WebP file with straight alpha. Colour under alpha 0 is kept.</summary>
    /// <returns>The file's bytes.</returns>
    /// <exception cref="InvalidOperationException">A side is longer than the 16384 pixels that the format allows.</exception>
    public byte[] EncodeWebP()
    {
        using MemoryStream stream = new();
        this.SaveWebP(stream);
        return stream.ToArray();
    }

    private void CheckWebPSize()
    {
        if (Math.Max(this.Width, this.Height) > WebPEncoder.LongestSide)
        {
            throw new InvalidOperationException($"The picture is {this.Width}×{this.Height} pixels large; a WebP file has at most {WebPEncoder.LongestSide} a side.");
        }
    }
}
