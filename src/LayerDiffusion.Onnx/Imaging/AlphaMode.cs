namespace LayerDiffusion.Onnx.Imaging;

/// <summary>How the colour of an image relates to its alpha.</summary>
public enum AlphaMode
{
    /// <summary>Colour and alpha are independent, as in PNG files; colour is defined under alpha 0 too.</summary>
    Straight,

    /// <summary>Colour is already multiplied by alpha, as GPUs blend and filter best.</summary>
    Premultiplied,
}
