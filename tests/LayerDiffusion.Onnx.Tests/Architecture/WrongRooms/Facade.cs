namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms;

/// <summary>In the root, which no room may use.</summary>
internal sealed class Facade
{
    public static Packages.Innocent Allowed() => new();
}
