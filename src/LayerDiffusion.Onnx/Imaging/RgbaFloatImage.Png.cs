using System.Buffers.Binary;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Imaging;

/// <content>PNG files in and out, with up to 16 bits a sample.</content>
public sealed partial class RgbaFloatImage
{
    /// <summary>Loads a PNG file of any kind as straight floats; 16-bit samples keep all their bits.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>The picture; gamma and colour profiles are not applied.</returns>
    /// <exception cref="ImageFormatException">The file is no PNG file, is damaged or exceeds the limits; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static RgbaFloatImage LoadPng(string path, PngReadOptions? options = null) => ImageFile.Read(path, stream => LoadPng(stream, options));

    /// <summary>Loads a PNG picture from a stream as straight floats; 16-bit samples keep all their bits.</summary>
    /// <param name="stream">A stream that stands at the PNG signature; it need not be seekable.</param>
    /// <param name="options">Limits; null means <see cref="PngReadOptions.Default"/>.</param>
    /// <returns>The picture; gamma and colour profiles are not applied.</returns>
    /// <exception cref="ImageFormatException">The data is no PNG file, is damaged or exceeds the limits.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static RgbaFloatImage LoadPng(Stream stream, PngReadOptions? options = null)
    {
        return PngPixels.ToFloatImage(PngDecoder.Read(stream, options ?? PngReadOptions.Default, keepPixels: true));
    }

    /// <summary>Saves the picture as a PNG file with straight alpha, all or nothing.</summary>
    /// <param name="path">The file; an existing one is replaced when the new one is complete.</param>
    /// <param name="options">How to write, also with how many bits; null means <see cref="PngOptions.Default"/>, 16 bits.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bit depth is neither 8 nor 16.</exception>
    /// <exception cref="ArgumentException">A text or colour description cannot be stored in a PNG file.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void SavePng(string path, PngOptions? options = null) => AtomicFile.Write(path, stream => this.SavePng(stream, options));

    /// <summary>Writes the picture as a PNG file with straight alpha.</summary>
    /// <param name="stream">Where to; it need not be seekable and stays open.</param>
    /// <param name="options">How to write, also with how many bits; null means <see cref="PngOptions.Default"/>, 16 bits.</param>
    /// <remarks>Samples are clipped to 0…1 and rounded, halves to even; a premultiplied picture is divided by its alpha first.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The bit depth is neither 8 nor 16.</exception>
    /// <exception cref="ArgumentException">A text or colour description cannot be stored in a PNG file.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public void SavePng(Stream stream, PngOptions? options = null)
    {
        options ??= PngOptions.Default;
        if (options.BitDepth is not (8 or 16))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.BitDepth, $"{nameof(PngOptions)}.{nameof(PngOptions.BitDepth)} must be 8 or 16.");
        }

        float[] straight = new float[this.Width * 4];
        PngEncoder.Write(stream, this.Width, this.Height, options.BitDepth, options, (y, row) =>
        {
            if (this.AlphaMode == AlphaMode.Premultiplied)
            {
                AlphaConversion.Unpremultiply(this.GetRow(y), straight);
            }
            else
            {
                this.GetRow(y).CopyTo(straight);
            }

            if (options.BitDepth == 8)
            {
                AlphaConversion.Round(straight, row);
                return;
            }

            for (int i = 0; i < straight.Length; i++)
            {
                float value = float.IsNaN(straight[i]) ? 0 : Math.Clamp(straight[i], 0f, 1f);
                BinaryPrimitives.WriteUInt16BigEndian(row[(2 * i)..], (ushort)Math.Round(value * 65535.0));
            }
        });
    }

    /// <summary>Encodes the picture as a PNG file with straight alpha.</summary>
    /// <param name="options">How to write, also with how many bits; null means <see cref="PngOptions.Default"/>, 16 bits.</param>
    /// <returns>The file's bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bit depth is neither 8 nor 16.</exception>
    /// <exception cref="ArgumentException">A text or colour description cannot be stored in a PNG file.</exception>
    public byte[] EncodePng(PngOptions? options = null)
    {
        using MemoryStream stream = new();
        this.SavePng(stream, options);
        return stream.ToArray();
    }
}
