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

    /// <summary>Gets the threads that one operator may use on the CPU, 0 to 1024; 0 takes one per physical core.</summary>
    public int IntraOpThreads { get; init; }

    /// <summary>Gets a value indicating whether idle threads wait actively. A little faster alone on a machine, but it takes cores from everything else, so off by default.</summary>
    public bool AllowSpinning { get; init; }

    /// <summary>Gets where log messages go; <see langword="null"/> for nowhere. Prompts appear at trace level only.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Checks every property.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A property is outside its range; the exception names it.</exception>
    internal void Validate()
    {
        if (this.IntraOpThreads is < 0 or > 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(this.IntraOpThreads), this.IntraOpThreads, $"{nameof(PipelineOptions)}.{nameof(this.IntraOpThreads)} must be from 0 to 1024.");
        }

        if (!Enum.IsDefined(this.MemoryPolicy))
        {
            throw new ArgumentOutOfRangeException(nameof(this.MemoryPolicy), this.MemoryPolicy, $"{nameof(PipelineOptions)}.{nameof(this.MemoryPolicy)} must be one of {string.Join(", ", Enum.GetNames<MemoryPolicy>())}.");
        }

        if (this.Device.Index < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(this.Device), this.Device.Index, $"{nameof(PipelineOptions)}.{nameof(this.Device)} must have an index of 0 or more.");
        }
    }
}
