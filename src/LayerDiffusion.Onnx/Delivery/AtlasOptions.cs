using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>How sprites are packed into an atlas.</summary>
public sealed record AtlasOptions
{
    /// <summary>Gets the largest width of a page, in pixels, 1 to 16384.</summary>
    public int MaximumWidth { get; init; } = 4096;

    /// <summary>Gets the largest height of a page, in pixels, 1 to 16384.</summary>
    public int MaximumHeight { get; init; } = 4096;

    /// <summary>Gets the transparent pixels between two sprites, 0 to 256.</summary>
    public int Padding { get; init; } = 2;

    /// <summary>Gets how many mip levels below the full size must not mix sprites, 0 to 8: k levels need at least 2^k pixels between sprites, and get them.</summary>
    public int MipLevels { get; init; }

    /// <summary>Gets how often the border pixels of each sprite are repeated outwards, 0 to 64, so that filtering at its edge finds its own colour.</summary>
    public int Extrude { get; init; }

    /// <summary>Gets how sprites may be turned to save space; a format takes one direction only, see <see cref="AtlasFormat"/>.</summary>
    public SpriteRotation Rotation { get; init; }

    /// <summary>Gets a value indicating whether transparent borders are cut off.</summary>
    public bool Trim { get; init; } = true;

    /// <summary>Gets the largest alpha that counts as transparent when trimming, 0 to 254.</summary>
    public byte TrimAlpha { get; init; }

    /// <summary>
    /// Gets a value indicating whether sprites that are equal, pixel by pixel, once they are trimmed lie in the page only once: their regions then name the same place, each
    /// with its own trimming and pivot. Every format can say that.
    /// </summary>
    public bool Alias { get; init; } = true;

    /// <summary>Gets the grid on which sprites start and to which page sizes are rounded: 1 for none, 4 so that no 4×4 block of BCn, ETC2 or ASTC holds pixels of two sprites. 1, 2, 4, 8 or 16.</summary>
    public int BlockSize { get; init; } = 1;

    /// <summary>Gets a value indicating whether page sizes are powers of two.</summary>
    public bool PowerOfTwo { get; init; }

    /// <summary>Gets how far colour is spread into transparent pixels, in pixels, 0 to 256, so that filtering and mip levels do not pull in black.</summary>
    public int Bleed { get; init; }

    /// <summary>Gets how colour relates to alpha in the pages.</summary>
    public AlphaMode AlphaMode { get; init; }

    /// <summary>Gets the distance that sprites really keep: <see cref="Padding"/>, or 2^<see cref="MipLevels"/> if that is more, in whole blocks.</summary>
    internal int Spacing => this.RoundUp(this.MipLevels == 0 ? this.Padding : Math.Max(this.Padding, 1 << this.MipLevels));

    /// <summary>Rounds a length up to whole blocks.</summary>
    internal int RoundUp(int length) => (length + this.BlockSize - 1) / this.BlockSize * this.BlockSize;

    internal void Validate()
    {
        Check(this.MaximumWidth, 1, 16384, nameof(this.MaximumWidth));
        Check(this.MaximumHeight, 1, 16384, nameof(this.MaximumHeight));
        Check(this.Padding, 0, 256, nameof(this.Padding));
        Check(this.MipLevels, 0, 8, nameof(this.MipLevels));
        Check(this.Extrude, 0, 64, nameof(this.Extrude));
        Check(this.Bleed, 0, 256, nameof(this.Bleed));
        Check(this.TrimAlpha, 0, 254, nameof(this.TrimAlpha));
        Check((int)this.Rotation, 0, (int)SpriteRotation.Counterclockwise, nameof(this.Rotation));
        Check((int)this.AlphaMode, 0, (int)AlphaMode.Premultiplied, nameof(this.AlphaMode));
        if (this.BlockSize is not (1 or 2 or 4 or 8 or 16))
        {
            throw new ArgumentOutOfRangeException(nameof(this.BlockSize), this.BlockSize, "BlockSize must be 1, 2, 4, 8 or 16.");
        }
    }

    private static void Check(int value, int minimum, int maximum, string name)
    {
        if (value < minimum || value > maximum)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {minimum} to {maximum}.");
        }
    }
}
