using System.Globalization;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

public sealed class SpriteAtlasTests
{
    /// <summary>The standard mixed set: 96 sprites as a small game has them: icons, tiles, characters, props and panels.</summary>
    private static List<AtlasSprite> StandardSet()
    {
        List<AtlasSprite> sprites = [];
        uint state = 20240229;
        int Next(int from, int to)
        {
            state = (state * 1664525) + 1013904223;
            return from + (int)((state >> 8) % (uint)(to - from + 1));
        }

        void Add(string kind, int count, Func<(int Width, int Height)> size)
        {
            for (int i = 0; i < count; i++)
            {
                (int width, int height) = size();
                sprites.Add(new AtlasSprite(string.Create(CultureInfo.InvariantCulture, $"{kind}/{i:D2}"), Pictures.Pattern(width, height, sprites.Count)));
            }
        }

        Add("icon", 32, () => (32, 32));
        Add("tile", 12, () => (64, 64));
        Add("character", 24, () => (Next(40, 72), Next(56, 120)));
        Add("prop", 16, () => (Next(12, 64), Next(12, 64)));
        Add("panel", 12, () => (Next(96, 160), Next(40, 96)));
        return sprites;
    }

    [Theory]
    [InlineData(SpriteRotation.None, 0, 1, 0.95)]
    [InlineData(SpriteRotation.Clockwise, 0, 1, 0.95)]
    [InlineData(SpriteRotation.None, 1, 1, 0.93)]
    [InlineData(SpriteRotation.None, 2, 1, 0.90)]
    [InlineData(SpriteRotation.Clockwise, 2, 1, 0.90)]
    [InlineData(SpriteRotation.None, 0, 4, 0.93)]
    [InlineData(SpriteRotation.Clockwise, 0, 4, 0.93)]

    // An icon of 32 pixels and its distance of 2 take 36 in blocks of 4: more than 85.6 % cannot be filled.
    [InlineData(SpriteRotation.None, 2, 4, 0.84)]
    public void Pack_StandardMixedSet_FillsAtLeastTheWantedPart(SpriteRotation rotation, int padding, int blockSize, double wanted)
    {
        SpriteAtlas atlas = SpriteAtlas.Pack(StandardSet(), new AtlasOptions { Rotation = rotation, Padding = padding, BlockSize = blockSize });

        Assert.Single(atlas.Pages);
        Assert.True(atlas.Occupancy >= wanted, string.Create(CultureInfo.InvariantCulture, $"{atlas.Occupancy:P2} of {atlas.Pages[0].Image.Width}×{atlas.Pages[0].Image.Height}"));
    }

    [Theory]
    [InlineData(SpriteRotation.None, 0, 0, 0, 1, false)]
    [InlineData(SpriteRotation.Clockwise, 2, 1, 0, 1, false)]
    [InlineData(SpriteRotation.Counterclockwise, 1, 2, 3, 4, true)]
    [InlineData(SpriteRotation.None, 3, 0, 2, 8, false)]
    public void Pack_AnyOptions_KeepsDistanceGridSizeAndPixels(SpriteRotation rotation, int padding, int extrude, int mipLevels, int blockSize, bool powerOfTwo)
    {
        List<AtlasSprite> sprites = StandardSet();
        AtlasOptions options = new()
        {
            Rotation = rotation,
            Padding = padding,
            Extrude = extrude,
            MipLevels = mipLevels,
            BlockSize = blockSize,
            PowerOfTwo = powerOfTwo,
            MaximumWidth = 512,
            MaximumHeight = 512,
        };
        SpriteAtlas atlas = SpriteAtlas.Pack(sprites, options);
        int distance = Math.Max(padding, mipLevels == 0 ? 0 : 1 << mipLevels);

        Assert.Equal(sprites.Count, atlas.Regions.Count);
        foreach (AtlasPage page in atlas.Pages)
        {
            Assert.True(page.Image.Width <= 512 && page.Image.Height <= 512);
            Assert.Equal(0, page.Image.Width % blockSize);
            Assert.Equal(0, page.Image.Height % blockSize);
            Assert.True(!powerOfTwo || (int.IsPow2(page.Image.Width) && int.IsPow2(page.Image.Height)));
        }

        for (int i = 0; i < atlas.Regions.Count; i++)
        {
            AtlasRegion a = atlas.Regions[i];
            RgbaImage page = atlas.Pages[a.Page].Image;
            Assert.True(a.X >= extrude && a.Y >= extrude && a.X + a.PackedWidth + extrude <= page.Width && a.Y + a.PackedHeight + extrude <= page.Height);
            Assert.Equal(0, (a.X - extrude) % blockSize);
            Assert.Equal(0, (a.Y - extrude) % blockSize);
            for (int j = 0; j < i; j++)
            {
                AtlasRegion b = atlas.Regions[j];
                bool apart = a.Page != b.Page
                    || a.X + a.PackedWidth + (2 * extrude) + distance <= b.X || b.X + b.PackedWidth + (2 * extrude) + distance <= a.X
                    || a.Y + a.PackedHeight + (2 * extrude) + distance <= b.Y || b.Y + b.PackedHeight + (2 * extrude) + distance <= a.Y;
                Assert.True(apart, $"{a} and {b} are too near");
            }

            AssertPixels(sprites.Single(sprite => sprite.Name == a.Name).Image, page, a, extrude);
        }
    }

    [Fact]
    public void Pack_SpritesInAnotherOrder_GivesTheSameBytes()
    {
        List<AtlasSprite> sprites = StandardSet();
        SpriteAtlas first = SpriteAtlas.Pack(sprites);
        sprites.Reverse();
        SpriteAtlas second = SpriteAtlas.Pack(sprites);

        Assert.Equal(first.Regions, second.Regions);
        Assert.Equal(first.Pages[0].Image.ToArray(), second.Pages[0].Image.ToArray());
    }

    [Fact]
    public void Pack_TransparentBorders_AreTrimmedAndRemembered()
    {
        SpriteAtlas atlas = SpriteAtlas.Pack(
        [
            new AtlasSprite("framed", Pictures.Framed(20, 30, 3, 5, 11, 7, 1)) { PivotY = 1 },
            new AtlasSprite("empty", new RgbaImage(9, 9)),
            new AtlasSprite("panel", Pictures.Framed(16, 16, 2, 2, 12, 12, 2)) { NineSlice = new NineSlice(4, 4, 4, 4) },
        ]);

        AtlasRegion framed = atlas.Regions[1];
        Assert.Equal((3, 5, 11, 7, 20, 30, 1.0), (framed.TrimLeft, framed.TrimTop, framed.Width, framed.Height, framed.SourceWidth, framed.SourceHeight, framed.PivotY));
        Assert.Equal((1, 1, 9, 9), (atlas.Regions[0].Width, atlas.Regions[0].Height, atlas.Regions[0].SourceWidth, atlas.Regions[0].SourceHeight));
        Assert.False(atlas.Regions[2].Trimmed);
    }

    [Fact]
    public void Pack_EqualSprites_LieInThePageOnceUnlessTold()
    {
        RgbaImage picture = Pictures.Pattern(8, 6, 1);
        RgbaImage other = Pictures.Pattern(8, 6, 1);
        other.GetRow(5)[31] = 254;
        AtlasSprite[] sprites =
        [
            new AtlasSprite("walk_0", picture.Extend(2, 3, 4, 5)) { PivotY = 1 },
            new AtlasSprite("walk_1", other),
            new AtlasSprite("walk_2", picture.Extend(6, 0, 0, 1)),
            new AtlasSprite("panel", picture) { NineSlice = new NineSlice(1, 1, 1, 1) },
            new AtlasSprite("turned", Pictures.Pattern(6, 8, 1)),
        ];
        SpriteAtlas shared = SpriteAtlas.Pack(sprites);
        SpriteAtlas apart = SpriteAtlas.Pack(sprites, new AtlasOptions { Alias = false });

        Assert.Equal(3, shared.Regions.Select(region => (region.X, region.Y)).Distinct().Count());
        Assert.Equal(5, apart.Regions.Select(region => (region.X, region.Y)).Distinct().Count());
        Assert.Equal(3.0 * 48 / (shared.Pages[0].Image.Width * shared.Pages[0].Image.Height), shared.Occupancy);
        foreach (SpriteAtlas atlas in (SpriteAtlas[])[shared, apart])
        {
            foreach (AtlasRegion region in atlas.Regions)
            {
                AssertPixels(sprites.Single(sprite => sprite.Name == region.Name).Image, atlas.Pages[0].Image, region, 0);
            }
        }

        (AtlasRegion first, AtlasRegion last) = (shared.Regions[2], shared.Regions[4]);
        Assert.Equal((first.X, first.Y), (last.X, last.Y));
        Assert.Equal((2, 3, 14, 14, 1.0), (first.TrimLeft, first.TrimTop, first.SourceWidth, first.SourceHeight, first.PivotY));
        Assert.Equal((6, 0, 14, 7, 0.5), (last.TrimLeft, last.TrimTop, last.SourceWidth, last.SourceHeight, last.PivotY));
    }

    [Theory]
    [InlineData(AtlasFormat.TexturePackerJsonHash, "\"x\": 0,")]
    [InlineData(AtlasFormat.TexturePackerJsonArray, "\"x\": 0,")]
    [InlineData(AtlasFormat.UnrealPaper2D, "\"x\": 0,")]
    [InlineData(AtlasFormat.LibGdx, "bounds:0,0,10,4\n")]
    [InlineData(AtlasFormat.Godot, "region = Rect2(0, 0, 10, 4)\n")]
    [InlineData(AtlasFormat.Unity, "        width: 10\n        height: 4\n")]
    [InlineData(AtlasFormat.MonoGame, "x=\"0\" y=\"0\" width=\"10\" height=\"4\"")]
    public void Describe_EqualSprites_NamesTheSamePlaceTwice(AtlasFormat format, string place)
    {
        SpriteAtlas atlas = SpriteAtlas.Pack([new AtlasSprite("a", Pictures.Pattern(10, 4, 1)), new AtlasSprite("b", Pictures.Pattern(10, 4, 1))]);
        string text = string.Concat(AtlasExporter.Describe(atlas, "sheet", format).Select(file => file.Text));

        Assert.Equal((10, 4), (atlas.Pages[0].Image.Width, atlas.Pages[0].Image.Height));

        // Each sprite of TexturePacker's JSON also has its place in the untrimmed sprite, which begins at 0 too.
        int times = format is AtlasFormat.TexturePackerJsonHash or AtlasFormat.TexturePackerJsonArray or AtlasFormat.UnrealPaper2D ? 4 : 2;
        Assert.Equal(times, text.Split(place).Length - 1);
    }

    [Fact]
    public void Pack_SpritesThatNeedTurning_AreTurned()
    {
        AtlasOptions options = new() { MaximumWidth = 64, MaximumHeight = 16, Padding = 0, Rotation = SpriteRotation.Clockwise };
        SpriteAtlas atlas = SpriteAtlas.Pack([new AtlasSprite("tall", Pictures.Pattern(10, 60, 1))], options);

        Assert.Equal(SpriteRotation.Clockwise, atlas.Regions[0].Rotation);
        AssertPixels(Pictures.Pattern(10, 60, 1), atlas.Pages[0].Image, atlas.Regions[0], 0);
    }

    [Fact]
    public void Strip_SixVariants_LiesOnAGridInOrder()
    {
        RgbaImage[] frames = [.. Enumerable.Range(0, 11).Select(i => Pictures.Pattern(8, 6, i))];
        SpriteAtlas strip = SpriteAtlas.Strip("potion", frames, columns: 4, millisecondsPerFrame: 80);

        Assert.Equal((32, 18), (strip.Pages[0].Image.Width, strip.Pages[0].Image.Height));
        Assert.Equal("potion_00", strip.Regions[0].Name);
        Assert.Equal((16, 6), (strip.Regions[6].X, strip.Regions[6].Y));
        Assert.Equal(11, Assert.Single(strip.Animations).Frames.Count);
        AssertPixels(frames[6], strip.Pages[0].Image, strip.Regions[6], 0);
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Strip("x", [new RgbaImage(1, 1), new RgbaImage(2, 1)]));
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Strip("x", []));
    }

    [Fact]
    public void Detect_PanelWithStretchedMiddle_FindsItsBorders()
    {
        RgbaImage panel = Pictures.Pattern(20, 16, 3);
        for (int y = 0; y < 16; y++)
        {
            for (int x = 6; x < 17; x++)
            {
                panel.GetRow(y).Slice(5 * 4, 4).CopyTo(panel.GetRow(y)[(x * 4)..]);
            }
        }

        for (int y = 5; y < 12; y++)
        {
            panel.GetRow(4).CopyTo(panel.GetRow(y));
        }

        Assert.Equal(new NineSlice(5, 4, 3, 4), NineSlice.Detect(panel));
        Assert.Null(NineSlice.Detect(Pictures.Pattern(20, 16, 3)));
        Assert.Null(NineSlice.Detect(panel, minimumRun: 9));
        Assert.Throws<ArgumentOutOfRangeException>(() => NineSlice.Detect(panel, minimumRun: 1));
    }

    [Fact]
    public void Detect_WideTransparentMargins_AreNoMiddle()
    {
        RgbaImage sprite = Pictures.Framed(60, 50, 20, 15, 20, 16, 1);
        Assert.Null(NineSlice.Detect(sprite));

        // A panel is found within such margins.
        RgbaImage panel = Pictures.Framed(60, 50, 20, 15, 20, 16, 1);
        for (int y = 15; y < 31; y++)
        {
            for (int x = 25; x < 35; x++)
            {
                panel.GetRow(y).Slice(25 * 4, 4).CopyTo(panel.GetRow(y)[(x * 4)..]);
            }
        }

        for (int y = 20; y < 27; y++)
        {
            panel.GetRow(20).CopyTo(panel.GetRow(y));
        }

        Assert.Equal(new NineSlice(25, 20, 25, 23), NineSlice.Detect(panel));
    }

    [Fact]
    public void Pack_BadInput_SaysWhatIsWrong()
    {
        RgbaImage image = new(10, 10);
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([]));
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([new AtlasSprite("a", image), new AtlasSprite("a", image)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([new AtlasSprite("a\nb", image)]));
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([new AtlasSprite("a\uD800", image)]));
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([new AtlasSprite(" ", image)]));
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([new AtlasSprite("a", image) { NineSlice = new NineSlice(5, 5, 5, 5) }]));
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([new AtlasSprite("a", image) { PivotX = double.NaN }]));
        Assert.Throws<ArgumentException>(() => SpriteAtlas.Pack([new AtlasSprite("a", image)], null, [new SpriteAnimation("run", ["b"])]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SpriteAtlas.Pack([new AtlasSprite("a", image)], new AtlasOptions { BlockSize = 3 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SpriteAtlas.Pack([new AtlasSprite("a", image)], new AtlasOptions { Padding = -1 }));
        Assert.Contains("'a' needs 12×12", Assert.Throws<ArgumentOutOfRangeException>(() =>
            SpriteAtlas.Pack([new AtlasSprite("a", Pictures.Pattern(10, 10, 1))], new AtlasOptions { MaximumWidth = 11, Extrude = 1 })).Message, StringComparison.Ordinal);
    }

    private static void AssertPixels(RgbaImage source, RgbaImage page, AtlasRegion region, int extrude)
    {
        for (int y = -extrude; y < region.Height + extrude; y++)
        {
            for (int x = -extrude; x < region.Width + extrude; x++)
            {
                (int pageX, int pageY) = region.Rotation switch
                {
                    SpriteRotation.Clockwise => (region.Height - 1 - y, x),
                    SpriteRotation.Counterclockwise => (y, region.Width - 1 - x),
                    _ => (x, y),
                };
                int sourceX = region.TrimLeft + Math.Clamp(x, 0, region.Width - 1);
                int sourceY = region.TrimTop + Math.Clamp(y, 0, region.Height - 1);
                if (!page.GetRow(region.Y + pageY).Slice((region.X + pageX) * 4, 4).SequenceEqual(source.GetRow(sourceY).Slice(sourceX * 4, 4)))
                {
                    Assert.Fail($"{region} differs at {x}, {y}");
                }
            }
        }
    }
}
