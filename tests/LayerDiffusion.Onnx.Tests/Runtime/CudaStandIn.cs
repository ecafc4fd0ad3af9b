using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>What the stand-in for CUDA (tests/cuda-stand-in) has counted.</summary>
internal static unsafe class CudaStandIn
{
    private const string Library = "libcudart.so.13";

    /// <summary>Gets a value indicating whether the stand-in is there.</summary>
    public static bool IsThere => Find() != 0;

    /// <summary>Reads what was counted since the process started.</summary>
    public static CudaStandInCounters Read()
    {
        CudaStandInCounters counters;
        ((delegate* unmanaged<CudaStandInCounters*, void>)Find())(&counters);
        return counters;
    }

    private static nint Find() =>
        NativeLibrary.TryLoad(Library, out nint library) && NativeLibrary.TryGetExport(library, "StandInRead", out nint function) ? function : 0;
}
