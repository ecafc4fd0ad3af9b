namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How sRGB colours are to be fitted to an output device (PNG chunk <c>sRGB</c>, as ICC defines them).</summary>
public enum PngRenderingIntent
{
    /// <summary>For photographs: pleasing rather than exact.</summary>
    Perceptual = 0,

    /// <summary>For logos: exact relative to the device's white.</summary>
    RelativeColorimetric = 1,

    /// <summary>For charts: saturated rather than exact.</summary>
    Saturation = 2,

    /// <summary>For proofs: absolutely exact.</summary>
    AbsoluteColorimetric = 3,
}
