namespace LayerDiffusion.Onnx.Delivery;

/// <summary>One layer record: a layer, the header of a group, or (without a node) the marker at the bottom end of a group.</summary>
internal sealed record PsdEntry(DocumentNode? Node)
{
    /// <summary>Gets the straight pixels if it is a layer.</summary>
    public Imaging.RgbaImage? Image { get; init; }

    /// <summary>Gets the lengths of the four channels' data, alpha first, without the two bytes that name the compression.</summary>
    public long[] ChannelLengths { get; init; } = new long[4];
}
