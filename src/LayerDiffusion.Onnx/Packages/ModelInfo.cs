namespace LayerDiffusion.Onnx.Packages;

/// <summary>Describes a model package: what it is, what it can do and which graphs it holds.</summary>
/// <param name="Name">The name the package gives itself, or that of its folder.</param>
/// <param name="Location">The folder or zip that was read.</param>
/// <param name="License">The licence of the weights as the package states it (an SPDX identifier or a name), or <see langword="null"/>.</param>
/// <param name="Family">The architecture.</param>
/// <param name="HasTransparency">Whether the package can encode and decode transparency.</param>
/// <param name="Modes">The names of the modes, one per UNet, such as <c>transparent</c>, <c>base</c> or <c>fg2bg</c>.</param>
/// <param name="SizeMultiple">The networks work at multiples of this, in pixels; a picture of another size is made a little larger and cropped.</param>
/// <param name="DefaultWidth">The width the model draws best, in pixels.</param>
/// <param name="DefaultHeight">The height the model draws best, in pixels.</param>
/// <param name="Graphs">The graphs, each once, in the order of their names.</param>
/// <param name="SizeInBytes">The size of all graphs with their external weights, in bytes, unpacked.</param>
public sealed record ModelInfo(
    string Name,
    string Location,
    string? License,
    ModelFamily Family,
    bool HasTransparency,
    IReadOnlyList<string> Modes,
    int SizeMultiple,
    int DefaultWidth,
    int DefaultHeight,
    IReadOnlyList<ModelGraphInfo> Graphs,
    long SizeInBytes);
