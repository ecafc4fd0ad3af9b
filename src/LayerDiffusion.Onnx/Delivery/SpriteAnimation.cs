namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Sprites of one atlas that are shown one after the other.</summary>
/// <param name="Name">Name of the animation.</param>
/// <param name="Frames">Names of its sprites in the order of showing; a name may come more than once.</param>
public sealed record SpriteAnimation(string Name, IReadOnlyList<string> Frames)
{
    /// <summary>Gets how long each frame stays, in milliseconds, 1 or more.</summary>
    public int MillisecondsPerFrame { get; init; } = 100;

    /// <summary>Gets a value indicating whether it starts over after the last frame.</summary>
    public bool Loop { get; init; } = true;
}
