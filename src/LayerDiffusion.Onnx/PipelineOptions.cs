using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using Microsoft.Extensions.Logging;

namespace LayerDiffusion.Onnx;

/// <summary>How a pipeline runs; fixed when it is loaded.</summary>
public sealed record PipelineOptions
{
    /// <summary>Gets where the networks run. Default: the fastest device that the native runtime beside the application offers.</summary>
    public Device Device { get; init; } = Device.Auto;

    /// <summary>Gets how long networks stay in memory. Default: until the pipeline is disposed.</summary>
    public MemoryPolicy MemoryPolicy { get; init; }

    /// <summary>Gets the threads that one operator may use on the CPU, 0 to 1024; 0 takes one per physical core that the process may use.</summary>
    public int IntraOpThreads { get; init; }

    /// <summary>Gets a value indicating whether idle threads wait actively. A little faster alone on a machine, but it takes cores from everything else, so off by default.</summary>
    public bool AllowSpinning { get; init; }

    /// <summary>
    /// Gets a value indicating whether ONNX Runtime lays out the weights of convolutions anew for the width of the processor's vectors. Default: it does, which makes a step 4
    /// to 14 % faster. Without, networks load in a fraction of the time and of the memory, because weights are read where the file is mapped, and the order of sums, and with it the
    /// last digits of a result, is not that of one kind of processor. Matters on the CPU alone.
    /// </summary>
    public bool OptimizeLayout { get; init; } = true;

    /// <summary>
    /// Gets a value indicating whether attention that UNets, VAE and transparency networks spell out is computed piece by piece, without the whole matrix of scores. Default: it is, which takes
    /// a fraction of the memory, since those scores grow with the fourth power of a picture's side, and less time on large pictures. The last digits of a result may differ. TensorRT and CoreML compute attention as exported.
    /// </summary>
    public bool FuseAttention { get; init; } = true;

    /// <summary>
    /// Gets how precisely UNets compute. Default: as exported. <see cref="UnetPrecision.EightBit"/> is faster on the CPU, and draws a little differently; it is for
    /// <see cref="DeviceType.Cpu"/> alone.
    /// </summary>
    public UnetPrecision UnetPrecision { get; init; }

    /// <summary>
    /// Gets a value indicating whether steps of UNets are captured as CUDA graphs, whose kernels are launched together instead of one by one. Off by default, for
    /// <see cref="DeviceType.Cuda"/> alone, and for one generation at a time.
    /// </summary>
    /// <remarks>
    /// The first step of each size takes longer, and what was captured stays in the GPU's memory as long as the UNet. Cancelling takes effect after the step. Nothing else in the process
    /// may use CUDA while a step is captured. A UNet that ONNX Runtime cannot capture is refused with a <see cref="Packages.ModelFormatException"/>; exported ones can be, but only with <see cref="FuseAttention"/>. Not run on a GPU yet.
    /// </remarks>
    public bool CudaGraphs { get; init; }

    /// <summary>
    /// Gets the bytes of weights that may be loaded at once; <see langword="null"/> for no limit. Before a network is loaded that does not fit, idle ones are
    /// unloaded; if that is not enough, the generation ends with an <see cref="InsufficientMemoryException"/>. Counted are the files: what a run
    /// needs for its intermediate results comes on top.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>
    /// Gets a folder in which optimized graphs are kept, so that the next start need not optimize again; <see langword="null"/>, the default, for nowhere.
    /// A good place is a folder beside the model. Each graph takes as much room as its weights in single precision. An entry is
    /// bound to the versions of runtime and processor, the device, the options and the time and length of the model's files; one that does not
    /// load is made anew. Used on the CPU and CUDA.
    /// </summary>
    public string? OptimizedModelCache { get; init; }

    /// <summary>
    /// Gets the textual inversions (Gal et al. 2022) whose tokens prompts may use. The model's text encoders must have been exported with an input <c>ti_embeddings</c>
    /// to take their vectors.
    /// </summary>
    public IReadOnlyList<TextualInversion> TextualInversions { get; init; } = [];

    /// <summary>Gets where log messages go; <see langword="null"/> for nowhere. Prompts appear at trace level only.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Gets whether pictures stay in the device's memory from VAE to alpha; <see langword="null"/> for where the device has memory of its own.</summary>
    internal bool? StayOnDevice { get; init; }

    /// <summary>Gets whether UNets run from the buffers that CUDA graphs need also where nothing is captured.</summary>
    internal bool FixedBuffers { get; init; }

    /// <summary>Checks every property.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property is outside its range; the exception names it.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(this.TextualInversions);
        if (this.IntraOpThreads is < 0 or > 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(this.IntraOpThreads), this.IntraOpThreads, $"{nameof(PipelineOptions)}.{nameof(this.IntraOpThreads)} must be from 0 to 1024.");
        }

        if (!Enum.IsDefined(this.MemoryPolicy))
        {
            throw new ArgumentOutOfRangeException(nameof(this.MemoryPolicy), this.MemoryPolicy, $"{nameof(PipelineOptions)}.{nameof(this.MemoryPolicy)} must be one of {string.Join(", ", Enum.GetNames<MemoryPolicy>())}.");
        }

        if (!Enum.IsDefined(this.UnetPrecision))
        {
            throw new ArgumentOutOfRangeException(nameof(this.UnetPrecision), this.UnetPrecision, $"{nameof(PipelineOptions)}.{nameof(this.UnetPrecision)} must be one of {string.Join(", ", Enum.GetNames<UnetPrecision>())}.");
        }

        if (this.MemoryBudget is < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(this.MemoryBudget), this.MemoryBudget, $"{nameof(PipelineOptions)}.{nameof(this.MemoryBudget)} must be 1 or more bytes, or null for no limit.");
        }

        if (this.OptimizedModelCache is { } folder && string.IsNullOrWhiteSpace(folder))
        {
            throw new ArgumentException($"{nameof(PipelineOptions)}.{nameof(this.OptimizedModelCache)} is blank; wanted a folder, or null for none.", nameof(this.OptimizedModelCache));
        }

        if (this.Device.Index < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(this.Device), this.Device.Index, $"{nameof(PipelineOptions)}.{nameof(this.Device)} must have an index of 0 or more.");
        }
    }
}
