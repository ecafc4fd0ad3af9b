using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Delivery;

/// <summary>What one engine wants of its pictures. The reasons are in docs/engine-presets.md.</summary>
public sealed record EnginePreset
{
    private static readonly EnginePreset[] Known = [Unity, Godot4, UnrealPaper2D, MonoGame];

    /// <summary>Gets the rules for Unity: straight, spread colour, whole 4×4 blocks, pages up to the import default of 2048.</summary>
    public static EnginePreset Unity => new()
    {
        Name = "Unity",
        Format = AtlasFormat.Unity,
        Atlas = new AtlasOptions { MaximumWidth = 2048, MaximumHeight = 2048, Padding = 4, Extrude = 1, BlockSize = 4, Bleed = 8 },
    };

    /// <summary>Gets the rules for Godot 4: straight, spread colour, any size.</summary>
    public static EnginePreset Godot4 => new()
    {
        Name = "Godot4",
        Format = AtlasFormat.Godot,
        Atlas = new AtlasOptions { MaximumWidth = 4096, MaximumHeight = 4096, Padding = 2, Extrude = 1, Bleed = 8 },
    };

    /// <summary>Gets the rules for Unreal's Paper2D: straight, spread colour, powers of two, room for two mip levels.</summary>
    public static EnginePreset UnrealPaper2D => new()
    {
        Name = "UnrealPaper2D",
        Format = AtlasFormat.UnrealPaper2D,
        Atlas = new AtlasOptions { MaximumWidth = 4096, MaximumHeight = 4096, Padding = 2, MipLevels = 2, Extrude = 2, BlockSize = 4, PowerOfTwo = true, Bleed = 16 },
    };

    /// <summary>Gets the rules for MonoGame's content builder: straight, because it multiplies by alpha itself; powers of two up to 2048; the colour key avoided.</summary>
    public static EnginePreset MonoGame => new()
    {
        Name = "MonoGame",
        Format = AtlasFormat.MonoGame,
        AvoidsColorKey = true,
        Atlas = new AtlasOptions { MaximumWidth = 2048, MaximumHeight = 2048, Padding = 2, Extrude = 1, BlockSize = 4, PowerOfTwo = true },
    };

    /// <summary>Gets all presets.</summary>
    public static IReadOnlyList<EnginePreset> All => Known;

    /// <summary>Gets the preset's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how sprites are packed; alpha mode, bleeding and size rules hold for single pictures too.</summary>
    public required AtlasOptions Atlas { get; init; }

    /// <summary>Gets how atlases are described.</summary>
    public required AtlasFormat Format { get; init; }

    /// <summary>Gets a value indicating whether red 255, green 0, blue 255 becomes red 254, because the engine may make exactly that colour transparent.</summary>
    public bool AvoidsColorKey { get; init; }

    /// <summary>Finds a preset by its name.</summary>
    /// <param name="name">The name, in any case.</param>
    /// <returns>The preset.</returns>
    /// <exception cref="ArgumentException">There is no such preset; the message names those there are.</exception>
    public static EnginePreset Parse(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        foreach (EnginePreset preset in Known)
        {
            if (string.Equals(preset.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return preset;
            }
        }

        throw new ArgumentException($"There is no engine preset '{name}'; there are {string.Join(", ", Array.ConvertAll(Known, preset => preset.Name))}.", nameof(name));
    }

    /// <summary>Makes a single picture as the engine wants it: enlarged to the sizes it takes, colour spread into transparent pixels, alpha in its form.</summary>
    /// <param name="image">The picture.</param>
    /// <returns>A new picture, larger at the right and bottom where the size rules ask for it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The result would be larger than a picture can be.</exception>
    public RgbaImage Prepare(RgbaImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        this.Atlas.Validate();
        RgbaImage padded = this.Atlas.PowerOfTwo ? AlphaHygiene.PadToPowerOfTwo(image.AsStraight()) : AlphaHygiene.PadToMultiple(image.AsStraight(), this.Atlas.BlockSize);
        RgbaImage result = AtlasRenderer.Finish(padded, this.Atlas);
        this.AvoidColorKey(result);
        return result;
    }

    /// <summary>Packs sprites as the engine wants them.</summary>
    /// <param name="sprites">The sprites, as for <see cref="SpriteAtlas.Pack"/>.</param>
    /// <param name="animations">Animations that name the sprites.</param>
    /// <returns>The atlas.</returns>
    /// <exception cref="ArgumentException">The input is invalid, as for <see cref="SpriteAtlas.Pack"/>.</exception>
    public SpriteAtlas Pack(IEnumerable<AtlasSprite> sprites, IEnumerable<SpriteAnimation>? animations = null)
    {
        SpriteAtlas atlas = SpriteAtlas.Pack(sprites, this.Atlas, animations);
        foreach (AtlasPage page in atlas.Pages)
        {
            this.AvoidColorKey(page.Image);
        }

        return atlas;
    }

    /// <summary>Packs sprites and saves pictures and descriptions where the engine can import them.</summary>
    /// <param name="sprites">The sprites, as for <see cref="SpriteAtlas.Pack"/>.</param>
    /// <param name="folder">Folder of the files; made if it does not exist.</param>
    /// <param name="name">Base name of the files.</param>
    /// <param name="animations">Animations that name the sprites.</param>
    /// <returns>Paths of the files, pictures first.</returns>
    /// <exception cref="ArgumentException">The input is invalid, as for <see cref="SpriteAtlas.Pack"/> and <see cref="AtlasExporter.Describe"/>.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public IReadOnlyList<string> Export(IEnumerable<AtlasSprite> sprites, string folder, string name, IEnumerable<SpriteAnimation>? animations = null) =>
        AtlasExporter.Save(this.Pack(sprites, animations), folder, name, this.Format);

    private void AvoidColorKey(RgbaImage image)
    {
        if (!this.AvoidsColorKey)
        {
            return;
        }

        Span<byte> pixels = image.Span;
        for (int i = 0; i < pixels.Length; i += 4)
        {
            if (pixels[i] == 255 && pixels[i + 1] == 0 && pixels[i + 2] == 255)
            {
                pixels[i] = 254;
            }
        }
    }
}
