namespace LayerDiffusion.Onnx.Delivery;

/// <summary>Text formats that describe an atlas to an engine.</summary>
public enum AtlasFormat
{
    /// <summary>TexturePacker's JSON with frames as an object (PixiJS, Phaser); one file a page. Turned sprites must be turned clockwise.</summary>
    TexturePackerJsonHash,

    /// <summary>TexturePacker's JSON with frames as an array (Phaser, MonoGame.Extended, TextMeshPro); one file a page. Turned sprites must be turned clockwise.</summary>
    TexturePackerJsonArray,

    /// <summary>libGDX <c>.atlas</c> (1.9.13 and later, Spine 4); one file for all pages. Turned sprites must be turned counterclockwise.</summary>
    LibGdx,

    /// <summary>Godot 4 <c>.tres</c>: an AtlasTexture a sprite, a StyleBoxTexture a panel, a SpriteFrames for all animations. No turned sprites.</summary>
    Godot,

    /// <summary>Unity's import settings beside each page (<c>.png.meta</c>) with the sprites in them; Unity slices the sheet by itself. No turned sprites.</summary>
    Unity,

    /// <summary>Unreal Paper2D <c>.paper2dsprites</c>, one a page. Turned sprites must be turned clockwise.</summary>
    UnrealPaper2D,

    /// <summary>The <c>TextureAtlas</c> XML of MonoGame's own 2D guide and an <c>.mgcb</c> with the processor settings. No turned sprites.</summary>
    MonoGame,
}
