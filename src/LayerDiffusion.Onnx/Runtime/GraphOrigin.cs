namespace LayerDiffusion.Onnx.Runtime;

/// <summary>What a session was made from.</summary>
internal enum GraphOrigin
{
    /// <summary>The graph of the model package as it is, but for attention that is fused.</summary>
    Package,

    /// <summary>The graph of the model package, its half precision turned into single.</summary>
    Converted,

    /// <summary>The graph of the model package, its products with constant matrices turned into ones of 8-bit integers.</summary>
    Quantized,

    /// <summary>A graph that was optimized before.</summary>
    Cache,
}
