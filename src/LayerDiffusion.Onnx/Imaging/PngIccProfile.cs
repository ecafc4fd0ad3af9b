namespace LayerDiffusion.Onnx.Imaging;

/// <summary>A colour profile in a PNG file (chunk <c>iCCP</c>); it is carried along, never applied.</summary>
/// <param name="Name">Its name: 1 to 79 Latin-1 characters.</param>
/// <param name="Data">The ICC profile itself, not compressed.</param>
public sealed record PngIccProfile(string Name, ReadOnlyMemory<byte> Data);
