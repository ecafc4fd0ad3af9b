namespace LayerDiffusion.Onnx.Packages;

/// <summary>One extent of a declared shape.</summary>
/// <param name="Value">The fixed extent, or <see langword="null"/> if it is free.</param>
/// <param name="Name">The name of a free extent, or <see langword="null"/>.</param>
internal readonly record struct OnnxDimension(long? Value, string? Name);
