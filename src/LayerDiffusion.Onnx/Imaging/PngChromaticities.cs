namespace LayerDiffusion.Onnx.Imaging;

/// <summary>CIE 1931 xy chromaticities of white and the three primaries (PNG chunk <c>cHRM</c>).</summary>
/// <param name="WhiteX">x of white.</param>
/// <param name="WhiteY">y of white.</param>
/// <param name="RedX">x of red.</param>
/// <param name="RedY">y of red.</param>
/// <param name="GreenX">x of green.</param>
/// <param name="GreenY">y of green.</param>
/// <param name="BlueX">x of blue.</param>
/// <param name="BlueY">y of blue.</param>
public sealed record PngChromaticities(double WhiteX, double WhiteY, double RedX, double RedY, double GreenX, double GreenY, double BlueX, double BlueY);
