namespace LayerDiffusion.Onnx.Sampling;

/// <summary>Everything a UNet is given that stays the same from step to step.</summary>
internal sealed record UnetInputs
{
    /// <summary>
    /// Gets the condition sets by their numbers in the guidance plans, once for each wording of a prompt that changes during sampling.
    /// A set that no plan uses is <see langword="null"/>.
    /// </summary>
    public required IReadOnlyList<IReadOnlyList<ConditionSet?>> Wordings { get; init; }

    /// <summary>Gets the size embedding of SDXL, 6 numbers, or <see langword="null"/>.</summary>
    public float[]? TimeIds { get; init; }

    /// <summary>Gets latents joined to the noisy one on the channel axis, each <c>[c,h,w]</c>; the same for every row and never scaled by sigma.</summary>
    public IReadOnlyList<float[]> ChannelConditions { get; init; } = [];

    /// <summary>Gets further inputs by name with their extents, such as the maps of a control encoder.</summary>
    public IReadOnlyDictionary<string, (float[] Values, long[] Shape)> Controls { get; init; } = new Dictionary<string, (float[], long[])>();
}
