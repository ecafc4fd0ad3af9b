namespace LayerDiffusion.Onnx.Packages;

/// <summary>What a package says of itself before any graph is looked at: its layerdiffusion.json, or what stands for it.</summary>
internal sealed record ModelManifest
{
    public required string Name { get; init; }

    public required ModelFamily Family { get; init; }

    public required TextSettings Text { get; init; }

    public required IReadOnlyList<UnetEntry> Unets { get; init; }

    public string? License { get; init; }

    public int SizeMultiple { get; init; } = 64;

    public (int Width, int Height)? DefaultSize { get; init; }

    public ModelDefaults Defaults { get; init; } = new(null, null, null);

    public TransparencyEntry? Transparency { get; init; }
}
