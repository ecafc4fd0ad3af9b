using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Packages;

/// <summary>Names ONNX Runtime only as an argument of a generic type.</summary>
internal sealed class RuntimeUse
{
    public static IReadOnlyList<OrtValue[]>? Values() => null;
}
