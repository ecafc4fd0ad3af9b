namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Where the bytes of a graph are.</summary>
/// <param name="Name">What messages call it: the path inside the model package.</param>
/// <param name="Path">The file, when there is one: the runtime then maps external weights itself.</param>
/// <param name="ReadAllBytes">Gives the whole graph, when there is no file.</param>
internal sealed record GraphFile(string Name, string? Path, Func<byte[]>? ReadAllBytes);
