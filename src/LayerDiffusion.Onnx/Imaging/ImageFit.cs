namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How a picture is brought to another aspect ratio.</summary>
public enum ImageFit
{
    /// <summary>Scaled until it covers the size, and cropped about the centre.</summary>
    Fill,

    /// <summary>Scaled until it fits into the size, with transparent bars about it.</summary>
    Fit,

    /// <summary>Width and height are scaled apart.</summary>
    Stretch,
}
