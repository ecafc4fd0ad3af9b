using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>Counters of the stand-in for CUDA, as stand_in.h declares them.</summary>
/// <param name="ToDevice">Copies from the host to the device.</param>
/// <param name="ToHost">Copies from the device to the host.</param>
/// <param name="OnDevice">Copies within the device.</param>
/// <param name="Kernels">Kernels launched one by one.</param>
/// <param name="Captures">Captures that ended.</param>
/// <param name="Graphs">CUDA graphs that are there.</param>
/// <param name="GraphLaunches">Launches of CUDA graphs.</param>
/// <param name="Allocations">Allocations of device memory.</param>
/// <param name="Memory">Bytes of device memory that are taken.</param>
/// <param name="Refusals">Calls that CUDA would have refused.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct CudaStandInCounters(
    CudaStandInCopies ToDevice, CudaStandInCopies ToHost, CudaStandInCopies OnDevice, long Kernels, long Captures, long Graphs, long GraphLaunches, long Allocations, long Memory, long Refusals)
{
    public static CudaStandInCounters operator -(CudaStandInCounters later, CudaStandInCounters earlier) => new(
        later.ToDevice - earlier.ToDevice,
        later.ToHost - earlier.ToHost,
        later.OnDevice - earlier.OnDevice,
        later.Kernels - earlier.Kernels,
        later.Captures - earlier.Captures,
        later.Graphs - earlier.Graphs,
        later.GraphLaunches - earlier.GraphLaunches,
        later.Allocations - earlier.Allocations,
        later.Memory - earlier.Memory,
        later.Refusals - earlier.Refusals);
}
