namespace LayerDiffusion.Onnx.Runtime;

/// <summary>Where the bytes of a graph are.</summary>
/// <param name="Name">What messages call it: the path inside the model package.</param>
/// <param name="Path">The file, when there is one: the runtime then maps external weights itself.</param>
/// <param name="ReadAllBytes">Gives the whole graph, when there is no file.</param>
internal sealed record GraphFile(string Name, string? Path, Func<byte[]>? ReadAllBytes)
{
    /// <summary>Gets the files beside the graph that hold its external weights.</summary>
    public IReadOnlyList<string> DataFiles { get; init; } = [];

    /// <summary>Gets the bytes of the graph and its external weights.</summary>
    public long SizeInBytes { get; init; }

    /// <summary>Gets a value indicating whether its products with constant matrices are turned into ones of 8-bit integers.</summary>
    public bool UseIntegers { get; init; }

    /// <summary>Gets a value indicating whether attention that it spells out is fused.</summary>
    public bool FuseAttention { get; init; }

    /// <summary>
    /// Gets a value indicating whether its runs are captured as CUDA graphs, from buffers at fixed addresses in the device's memory. Other devices than CUDA run from such buffers and
    /// capture nothing.
    /// </summary>
    public bool IsCaptured { get; init; }

    /// <summary>Gets a value indicating whether another graph may have equal weights.</summary>
    public bool SharesWeights { get; init; }

    /// <summary>Gets a short name without anything of the machine: <c>unet</c> of <c>…/unet/model.onnx</c>.</summary>
    public string Label
    {
        get
        {
            string[] parts = this.Name.Split('/', '\\');
            return parts.Length > 1 ? parts[^2] : parts[0];
        }
    }
}
