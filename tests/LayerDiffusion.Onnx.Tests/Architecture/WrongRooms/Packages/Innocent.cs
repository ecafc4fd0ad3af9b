namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Packages;

/// <summary>Breaks no rule; others break one by using it.</summary>
internal sealed class Innocent
{
    public static int Count { get; set; }
}
