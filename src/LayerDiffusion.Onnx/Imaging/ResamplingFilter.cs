namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How the pixels of a resized picture are made from the old ones.</summary>
/// <remarks>The first six are those of Pillow and widen when a picture shrinks; the last five are those of OpenCV and, apart from <see cref="Area"/>, do not.</remarks>
public enum ResamplingFilter
{
    /// <summary>The pixel under the centre (Pillow NEAREST).</summary>
    Nearest,

    /// <summary>The mean of the pixels whose centres fall into the new one (Pillow BOX).</summary>
    Box,

    /// <summary>A triangle of one pixel to each side (Pillow BILINEAR).</summary>
    Bilinear,

    /// <summary>A windowed sinc of one pixel to each side, about as sharp as bicubic (Pillow HAMMING).</summary>
    Hamming,

    /// <summary>A cubic of two pixels to each side, a = −0.5 (Pillow BICUBIC).</summary>
    Bicubic,

    /// <summary>A windowed sinc of three pixels to each side (Pillow LANCZOS).</summary>
    Lanczos,

    /// <summary>The mean weighted by covered area when shrinking, a form of linear when a side grows (OpenCV INTER_AREA).</summary>
    Area,

    /// <summary>Between the two nearest pixels, half-pixel centres (OpenCV INTER_LINEAR).</summary>
    Linear,

    /// <summary>A cubic over four pixels, a = −0.75 (OpenCV INTER_CUBIC).</summary>
    Cubic,

    /// <summary>A windowed sinc over eight pixels (OpenCV INTER_LANCZOS4).</summary>
    Lanczos4,

    /// <summary>The pixel under the top left corner (OpenCV INTER_NEAREST).</summary>
    NearestCorner,
}
