namespace LayerDiffusion.Onnx.Tests.PublicApi;

/// <summary>Shows the printer what the compiler adds to records.</summary>
public readonly record struct SampleRecord(int X, string? Y);
