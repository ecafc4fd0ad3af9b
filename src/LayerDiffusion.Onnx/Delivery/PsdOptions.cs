namespace LayerDiffusion.Onnx.Delivery;

/// <summary>How Photoshop files are written.</summary>
public sealed record PsdOptions
{
    /// <summary>Gets how the channels of layers are compressed. The merged picture is always run-length coded, because few readers take anything else there.</summary>
    public PsdCompression Compression { get; init; } = PsdCompression.Rle;

    /// <summary>Gets which kind of file is written.</summary>
    public PsdVariant Variant { get; init; }
}
