namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Sampling;

/// <summary>Uses the root, and IO, which all may use.</summary>
internal sealed class RootUse
{
    public static Type Back => typeof(Facade);

    public static Type Allowed => typeof(IO.Shared);
}
