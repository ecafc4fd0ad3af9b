using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx;

/// <summary>A stack of layers with one layer drawn, and how that was made.</summary>
public sealed class LayerStackResult
{
    internal LayerStackResult(LayerStack stack, string layerId, IReadOnlyList<GenerationResult> parts)
    {
        this.Stack = stack;
        this.Layer = stack[layerId];
        this.Parts = parts;
    }

    /// <summary>Gets the new stack.</summary>
    public LayerStack Stack { get; }

    /// <summary>Gets the layer that was drawn, as it lies in <see cref="Stack"/>.</summary>
    public Layer Layer { get; }

    /// <summary>Gets the generations that made it: of a layer drawn into what lies below, the blended picture too.</summary>
    public IReadOnlyList<GenerationResult> Parts { get; }

    /// <summary>Gets what the caller should know about the layer; empty when all went as asked.</summary>
    public IEnumerable<string> Warnings => this.Parts.SelectMany(part => part.Warnings).Distinct();
}
