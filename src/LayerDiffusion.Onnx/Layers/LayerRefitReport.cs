namespace LayerDiffusion.Onnx.Layers;

/// <summary>How far the layers had to move so that they compose to the delivered picture.</summary>
public sealed record LayerRefitReport
{
    internal LayerRefitReport()
    {
    }

    /// <summary>Gets the move of the foreground's colours, taken over the pixels where its alpha is above 0.</summary>
    public ColorDifference Foreground { get; internal init; }

    /// <summary>Gets the move of the background's colours, taken over the pixels where the foreground's alpha is below 255.</summary>
    public ColorDifference Background { get; internal init; }

    /// <summary>Gets the share of the picture's pixels in which a visible colour of either layer moved, 0 to 1.</summary>
    public double MovedShare { get; internal init; }

    /// <summary>Gets how far the model's blended picture lay from the foreground over the background before the refit, taken over all pixels.</summary>
    public ColorDifference BlendDrift { get; internal init; }
}
