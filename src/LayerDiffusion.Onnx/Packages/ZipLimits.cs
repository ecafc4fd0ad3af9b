namespace LayerDiffusion.Onnx.Packages;

/// <summary>What a zip may ask for before it is refused, so that a small file cannot fill the memory.</summary>
internal sealed record ZipLimits
{
    /// <summary>Gets the most files.</summary>
    public int MaximumEntries { get; init; } = 10_000;

    /// <summary>Gets the most bytes that one file may inflate to. A graph is loaded as one array.</summary>
    public long MaximumEntryBytes { get; init; } = Array.MaxLength;

    /// <summary>Gets the most bytes that all files together may inflate to.</summary>
    public long MaximumTotalBytes { get; init; } = 64L << 30;

    /// <summary>Gets how many times its packed size a file may inflate to. Weights hardly shrink, text shrinks to a fifth.</summary>
    public int MaximumRatio { get; init; } = 200;

    /// <summary>Gets the size in bytes up to which the ratio does not matter.</summary>
    public long FreeBytes { get; init; } = 1 << 20;
}
