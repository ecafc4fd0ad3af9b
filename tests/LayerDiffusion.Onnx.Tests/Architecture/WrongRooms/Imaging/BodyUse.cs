namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Imaging;

/// <summary>Uses another room inside a method only, after a switch and a long constant that a careless reader of bodies trips over.</summary>
internal sealed class BodyUse
{
    public static long Count(int way) => way switch
    {
        0 => 0x2828282828282828,
        1 => 2,
        2 => 3,
        3 => Packages.Innocent.Count,
        _ => 5,
    };
}
