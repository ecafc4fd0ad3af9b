using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>Copies in one direction.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct CudaStandInCopies(long Count, long Bytes)
{
    public static CudaStandInCopies operator -(CudaStandInCopies later, CudaStandInCopies earlier) => new(later.Count - earlier.Count, later.Bytes - earlier.Bytes);
}
