using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx;

/// <summary>A foreground, a background and both blended, as a model made them, with an exact recomposition of the three.</summary>
public sealed class LayersResult
{
    private readonly Lazy<LayerRecomposition> recomposition;

    internal LayersResult(RgbaImage foreground, RgbaImage background, RgbaImage blended, IReadOnlyList<GenerationResult> parts)
    {
        this.Foreground = foreground;
        this.Background = background;
        this.Blended = blended;
        this.Parts = parts;
        this.Warnings = [.. parts.SelectMany(part => part.Warnings).Distinct()];
        this.recomposition = new Lazy<LayerRecomposition>(() => LayerRecomposition.Fit(foreground, background, blended));
    }

    /// <summary>Gets the foreground, straight alpha: as the model made it, or as it was given, brought to the size of the result.</summary>
    public RgbaImage Foreground { get; }

    /// <summary>Gets the background, opaque: as the model made it, or as it was given, brought to the size of the result.</summary>
    public RgbaImage Background { get; }

    /// <summary>Gets what the model thinks both look like together. Its colours drift a little from the layers', which is why there is a <see cref="Recomposition"/>.</summary>
    public RgbaImage Blended { get; }

    /// <summary>Gets layers refitted so that the foreground over the background is the composite within 1/255 everywhere, and how far that moved them. Made when first asked for.</summary>
    public LayerRecomposition Recomposition => this.recomposition.Value;

    /// <summary>Gets the generations that made the layers: the frames of one UNet in its order, or one step after the other. Layers that were given are not among them.</summary>
    public IReadOnlyList<GenerationResult> Parts { get; }

    /// <summary>Gets what the caller should know about the layers; empty when all went as asked.</summary>
    public IReadOnlyList<string> Warnings { get; }
}
