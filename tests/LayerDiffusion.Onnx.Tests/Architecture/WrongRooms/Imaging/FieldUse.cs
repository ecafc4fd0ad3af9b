using LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Packages;

namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Imaging;

/// <summary>Uses another room in a signature.</summary>
internal sealed class FieldUse
{
    public static Innocent? Held { get; set; }
}
