namespace LayerDiffusion.Onnx.Imaging;

/// <summary>One text of a PNG file (chunk <c>tEXt</c>, <c>zTXt</c> or <c>iTXt</c>).</summary>
/// <param name="Keyword">What the text is, for example <c>Title</c> or <c>parameters</c>: 1 to 79 Latin-1 characters.</param>
/// <param name="Value">The text.</param>
public sealed record PngText(string Keyword, string Value);
