using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class EnginePresetTests
{
    public static TheoryData<string> Names => [.. EnginePreset.All.Select(preset => preset.Name)];

    private static List<AtlasSprite> Sprites() =>
    [
        new AtlasSprite("bottle", Pictures.Framed(40, 60, 6, 4, 29, 51, 1)) { PivotY = 1 },
        new AtlasSprite("smoke", Pictures.NoisyPattern(33, 21, 2)),
        new AtlasSprite("button", Pictures.Pattern(24, 16, 3)) { NineSlice = new NineSlice(4, 5, 6, 7) },
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Pack_EveryPreset_EqualsItsGoldenFiles(string name)
    {
        EnginePreset preset = EnginePreset.Parse(name.ToLowerInvariant());
        SpriteAtlas atlas = preset.Pack(Sprites());
        RgbaImage single = preset.Prepare(Pictures.Framed(37, 21, 9, 8, 11, 10, 4));
        StringBuilder pixels = new();
        foreach (RgbaImage image in (RgbaImage[])[.. atlas.Pages.Select(page => page.Image), single])
        {
            pixels.Append(CultureInfo.InvariantCulture, $"{image.Width}x{image.Height} {image.AlphaMode} {Convert.ToHexStringLower(SHA256.HashData(image.Pixels.Span))}\n");
        }

        GoldenText.Assert("preset-" + name.ToLowerInvariant(), [.. AtlasExporter.Describe(atlas, "sheet", preset.Format), new AtlasFile("pixels.txt", pixels.ToString())]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Prepare_AnyPicture_KeepsWhatIsSeenAndFollowsTheSizeRules(string name)
    {
        EnginePreset preset = EnginePreset.Parse(name);
        RgbaImage image = Pictures.Framed(37, 21, 9, 8, 11, 10, 4);
        RgbaImage prepared = preset.Prepare(image);

        Assert.Equal(0, prepared.Width % preset.Atlas.BlockSize);
        Assert.True(!preset.Atlas.PowerOfTwo || (int.IsPow2(prepared.Width) && int.IsPow2(prepared.Height)));
        Assert.Equal(AlphaMode.Straight, prepared.AlphaMode);
        for (int y = 0; y < prepared.Height; y++)
        {
            for (int x = 0; x < prepared.Width; x++)
            {
                bool inside = x is >= 9 and < 20 && y is >= 8 and < 18;
                ReadOnlySpan<byte> pixel = prepared.GetRow(y).Slice(x * 4, 4);
                Assert.Equal(inside ? 255 : 0, pixel[3]);
                Assert.True(!inside || pixel.SequenceEqual(image.GetRow(y).Slice(x * 4, 4)));
            }
        }

        // Right beside the edge the invisible colour is like that of the edge wherever the engine does not multiply by alpha before filtering.
        Assert.Equal(preset.Atlas.Bleed > 0, prepared.GetRow(7)[(14 * 4) + 1] != 0);
    }

    [Fact]
    public void Prepare_MonoGame_NeverGivesTheColourKey()
    {
        RgbaImage image = new(4, 4);
        image.Pixels.Span.Fill(255);
        image.Pixels.Span[1] = 0;

        Assert.Equal([254, 0, 255, 255], EnginePreset.MonoGame.Prepare(image).GetRow(0)[..4].ToArray());
        Assert.Equal([255, 0, 255, 255], EnginePreset.Godot4.Prepare(image).GetRow(0)[..4].ToArray());
        Assert.Equal(254, EnginePreset.MonoGame.Pack([new AtlasSprite("a", image)]).Pages[0].Image.GetRow(1)[4]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Export_EveryPreset_WritesAllFilesWithThePagesPixels(string name)
    {
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        try
        {
            EnginePreset preset = EnginePreset.Parse(name);
            IReadOnlyList<string> paths = preset.Export(Sprites(), folder, "sheet", [new SpriteAnimation("all", ["bottle", "smoke"])]);

            Assert.Equal(paths.Order(StringComparer.Ordinal), Directory.GetFiles(folder).Order(StringComparer.Ordinal));
            Assert.Equal(preset.Pack(Sprites()).Pages[0].Image.ToArray(), RgbaImage.LoadPng(paths[0]).ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Save_PremultipliedPages_AreStoredAsTheyAre()
    {
        string folder = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        try
        {
            SpriteAtlas atlas = SpriteAtlas.Pack(Sprites(), new AtlasOptions { AlphaMode = AlphaMode.Premultiplied });
            IReadOnlyList<string> paths = AtlasExporter.Save(atlas, folder, "sheet", AtlasFormat.LibGdx);

            Assert.Equal(atlas.Pages[0].Image.ToArray(), RgbaImage.LoadPng(paths[0]).ToArray());
            Assert.Contains("pma:true\n", File.ReadAllText(paths[1]), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Parse_UnknownName_NamesTheKnownOnes()
    {
        Assert.Contains("Unity, Godot4, UnrealPaper2D, MonoGame", Assert.Throws<ArgumentException>(() => EnginePreset.Parse("flash")).Message, StringComparison.Ordinal);
    }
}
