namespace LayerDiffusion.Onnx.Sampling;

/// <summary>How the images of one batch get their random numbers from one seed.</summary>
public enum BatchSeeding
{
    /// <summary>Image k has a generator of its own with seed + k, as in the AUTOMATIC1111 web UI: every image of a batch can be made again alone.</summary>
    PerImage,

    /// <summary>One generator draws for the whole batch at once, as diffusers does with a single <c>generator</c>.</summary>
    Shared,
}
