using System.Globalization;
using LayerDiffusion.Onnx.Delivery;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>The golden files under tests/fixtures/delivery follow the formats' documentation, see the README there.</summary>
public sealed class AtlasExporterTests
{
    private static SpriteAtlas Sample(SpriteRotation rotation) => SpriteAtlas.Pack(
        [
            new AtlasSprite("hero/run_0", Pictures.Framed(24, 32, 4, 6, 15, 24, 1)) { PivotY = 1 },
            new AtlasSprite("hero/run_1", Pictures.Framed(24, 32, 5, 7, 13, 25, 2)) { PivotY = 1 },
            new AtlasSprite("Flasche \"grün\"", Pictures.Pattern(40, 9, 3)),
            new AtlasSprite("panel", Pictures.Pattern(20, 16, 4)) { NineSlice = new NineSlice(5, 4, 3, 2) },
        ],
        new AtlasOptions { Padding = 2, Rotation = rotation, MaximumWidth = 64, MaximumHeight = 64 },
        [new SpriteAnimation("run", ["hero/run_0", "hero/run_1", "hero/run_0"]) { MillisecondsPerFrame = 125 }]);

    [Theory]
    [InlineData(AtlasFormat.TexturePackerJsonHash, SpriteRotation.Clockwise, "texturepacker-hash")]
    [InlineData(AtlasFormat.TexturePackerJsonArray, SpriteRotation.Clockwise, "texturepacker-array")]
    [InlineData(AtlasFormat.LibGdx, SpriteRotation.Counterclockwise, "libgdx")]
    [InlineData(AtlasFormat.Godot, SpriteRotation.None, "godot")]
    [InlineData(AtlasFormat.Unity, SpriteRotation.None, "unity")]
    [InlineData(AtlasFormat.UnrealPaper2D, SpriteRotation.Clockwise, "paper2d")]
    [InlineData(AtlasFormat.MonoGame, SpriteRotation.None, "monogame")]
    public void Describe_EveryFormat_EqualsGoldenFiles(AtlasFormat format, SpriteRotation rotation, string folder)
    {
        CultureInfo previous = CultureInfo.CurrentCulture;
        foreach (string culture in (string[])["", "de-DE", "tr-TR"])
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            try
            {
                GoldenText.Assert(folder, AtlasExporter.Describe(Sample(rotation), "sheet", format));
            }
            finally
            {
                CultureInfo.CurrentCulture = previous;
            }
        }
    }

    [Fact]
    public void Describe_SeveralPages_NamesEachPage()
    {
        SpriteAtlas atlas = SpriteAtlas.Pack(
            [new AtlasSprite("a", Pictures.Pattern(30, 30, 1)), new AtlasSprite("b", Pictures.Pattern(30, 30, 2)), new AtlasSprite("c_3", Pictures.Pattern(10, 10, 3))],
            new AtlasOptions { MaximumWidth = 32, MaximumHeight = 32 },
            [new SpriteAnimation("all", ["a", "b"])]);

        Assert.Equal(3, atlas.Pages.Count);
        Assert.Equal(["sheet-0.png", "sheet-1.png", "sheet-2.png"], AtlasExporter.PageNames(atlas, "sheet"));
        Assert.Equal(["sheet-0.json", "sheet-1.json", "sheet-2.json"], AtlasExporter.Describe(atlas, "sheet", AtlasFormat.TexturePackerJsonHash).Select(file => file.Name));
        Assert.Contains("related_multi_packs", AtlasExporter.Describe(atlas, "sheet", AtlasFormat.TexturePackerJsonHash)[0].Text, StringComparison.Ordinal);
        string libGdx = Assert.Single(AtlasExporter.Describe(atlas, "sheet", AtlasFormat.LibGdx)).Text;
        Assert.Contains("\n\nsheet-2.png\nsize:10,10\nfilter:Linear,Linear\nc\nindex:3\nbounds:0,0,10,10\n", libGdx, StringComparison.Ordinal);
        Assert.DoesNotContain("<Animations>", AtlasExporter.Describe(atlas, "sheet", AtlasFormat.MonoGame)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_TurnedSprites_AreRefusedWhereTheFormatCannotSayIt()
    {
        SpriteAtlas atlas = SpriteAtlas.Pack([new AtlasSprite("tall", Pictures.Pattern(4, 30, 1))], new AtlasOptions { MaximumHeight = 8, Rotation = SpriteRotation.Clockwise });

        foreach (AtlasFormat format in (AtlasFormat[])[AtlasFormat.LibGdx, AtlasFormat.Godot, AtlasFormat.Unity, AtlasFormat.MonoGame])
        {
            Assert.Contains("'tall'", Assert.Throws<NotSupportedException>(() => AtlasExporter.Describe(atlas, "sheet", format)).Message, StringComparison.Ordinal);
        }

        Assert.Contains("\"rotated\": true", AtlasExporter.Describe(atlas, "sheet", AtlasFormat.TexturePackerJsonHash)[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_BadNames_Throw()
    {
        SpriteAtlas atlas = SpriteAtlas.Pack([new AtlasSprite("a/b", Pictures.Pattern(4, 4, 1)), new AtlasSprite("a_b", Pictures.Pattern(4, 4, 1))]);

        Assert.Throws<ArgumentException>(() => AtlasExporter.Describe(atlas, "../sheet", AtlasFormat.LibGdx));
        Assert.Throws<ArgumentException>(() => AtlasExporter.Describe(atlas, "..", AtlasFormat.LibGdx));
        Assert.Throws<ArgumentException>(() => AtlasExporter.Describe(atlas, "sheet", AtlasFormat.Godot));
        Assert.Throws<ArgumentOutOfRangeException>(() => AtlasExporter.Describe(atlas, "sheet", (AtlasFormat)99));
        SpriteAtlas colon = SpriteAtlas.Pack([new AtlasSprite("a:b", Pictures.Pattern(4, 4, 1))]);
        Assert.Throws<ArgumentException>(() => AtlasExporter.Describe(colon, "sheet", AtlasFormat.LibGdx));
        SpriteAtlas cases = SpriteAtlas.Pack([new AtlasSprite("Hero", Pictures.Pattern(4, 4, 1)), new AtlasSprite("hero", Pictures.Pattern(4, 4, 2))]);
        Assert.Contains("'hero'", Assert.Throws<ArgumentException>(() => AtlasExporter.Describe(cases, "sheet", AtlasFormat.UnrealPaper2D)).Message, StringComparison.Ordinal);
    }
}
