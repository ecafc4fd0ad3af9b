namespace LayerDiffusion.Onnx.Delivery;

/// <summary>What a channel is written over.</summary>
internal enum PsdMatte
{
    /// <summary>Nothing: straight colour, as layers have it.</summary>
    None,

    /// <summary>White, as Photoshop writes the merged picture; readers take it off again by the alpha channel.</summary>
    White,
}
