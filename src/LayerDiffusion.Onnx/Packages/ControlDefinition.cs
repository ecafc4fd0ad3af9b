namespace LayerDiffusion.Onnx.Packages;

/// <summary>A graph that turns a picture into control maps for a UNet.</summary>
/// <param name="Graph">The graph.</param>
/// <param name="Image">The picture it takes.</param>
internal sealed record ControlDefinition(ModelGraph Graph, LayerRole Image);
