namespace LayerDiffusion.Onnx.Prompting;

/// <summary>What a text encoder makes of one chunk.</summary>
/// <param name="Hidden">Hidden state, [S, D] row-major, a row for each id; the receiver owns it and may change it.</param>
/// <param name="Pooled">Pooled vector [P], or null.</param>
internal sealed record TextEncoding(float[] Hidden, float[]? Pooled);
