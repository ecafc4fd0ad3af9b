namespace LayerDiffusion.Onnx.Runtime;

/// <summary>What all sessions of one pipeline have in common.</summary>
/// <param name="Device">Where the graphs run.</param>
/// <param name="IntraOpThreads">Threads one operator may use; 0 takes one per physical core that the process may use.</param>
/// <param name="AllowSpinning">Whether idle threads wait actively: a little faster alone on a machine, costly beside other work.</param>
internal sealed record SessionSettings(Device Device, int IntraOpThreads, bool AllowSpinning)
{
    /// <summary>Gets a value indicating whether weights of convolutions are laid out for the width of the processor's vectors.</summary>
    public bool OptimizeLayout { get; init; } = true;

    /// <summary>Gets the folder in which optimized graphs are kept, or <see langword="null"/> for nowhere.</summary>
    public string? OptimizedModelCache { get; init; }

    /// <summary>Gets what sessions of graphs with equal weights share, or <see langword="null"/> if each has its own.</summary>
    public SharedWeights? SharedWeights { get; init; }
}
