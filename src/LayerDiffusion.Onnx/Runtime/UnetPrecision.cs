namespace LayerDiffusion.Onnx.Runtime;

/// <summary>How precisely UNets compute.</summary>
public enum UnetPrecision
{
    /// <summary>As exported; on the CPU half precision becomes single.</summary>
    AsExported,

    /// <summary>
    /// Products with constant matrices, which are the attentions' projections, the feed-forward layers and the convolutions of several pixels but for those of few channels, are computed
    /// with 8-bit integers: weights are rounded to 8 bits, one scale for each column or channel, when the network is loaded, and what they are multiplied with at each run, one scale for the
    /// whole batch. Everything else stays as it is. For the CPU.
    /// </summary>
    EightBit,
}
