namespace LayerDiffusion.Onnx.Tests.Architecture.WrongRooms.Imaging;

/// <summary>Uses another room inside a lambda, which the compiler moves into a type of its own.</summary>
internal sealed class ClosureUse
{
    public static Func<int> Count(int more) => () => Packages.Innocent.Count + more;
}
