using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Runtime;

/// <summary>Breaks no rule: this is the room that may.</summary>
internal sealed class AllowedRuntimeUse
{
    public static OrtValue? Value { get; set; }
}
