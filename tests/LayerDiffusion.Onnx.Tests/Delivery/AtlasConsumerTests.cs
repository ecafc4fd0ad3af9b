using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>
/// What those who read our atlases draw: each sprite, drawn as the format's consumer finds it, must be the picture that was packed. PixiJS, Phaser and a YAML reader are
/// programs of others; where no registry has a consumer, a strict reader of the documented format takes its place.
/// </summary>
public sealed class AtlasConsumerTests
{
    private static readonly AtlasSprite[] Sprites =
    [
        new AtlasSprite("hero/run_0", Pictures.Framed(24, 60, 4, 6, 15, 50, 1)) { PivotY = 1 },
        new AtlasSprite("hero/run_1", Pictures.Framed(24, 32, 5, 7, 13, 25, 2)) { PivotX = 0.25, PivotY = 0.75 },
        new AtlasSprite("hero/run_2", Pictures.Framed(24, 60, 4, 6, 15, 50, 1).Extend(3, 0, 0, 2)),
        new AtlasSprite("Flasche \"grün\" \\ 瓶", Pictures.Pattern(40, 9, 3)),
        new AtlasSprite("panel", Pictures.Pattern(20, 16, 4)) { NineSlice = new NineSlice(5, 4, 3, 2) },
        new AtlasSprite("yes", Pictures.Pattern(3, 48, 5)),
        new AtlasSprite("big", Pictures.NoisyPattern(50, 44, 6)),
    ];

    private static readonly SpriteAnimation[] Animations =
    [
        new SpriteAnimation("run", ["hero/run_0", "hero/run_2", "hero/run_0"]) { MillisecondsPerFrame = 125 },
        new SpriteAnimation("a \"b\" \\", ["yes", "yes"]) { Loop = false, MillisecondsPerFrame = 40 },
    ];

    public static TheoryData<int> PageSides => [64, 256];

    [Theory]
    [InlineData("pixi", AtlasFormat.TexturePackerJsonHash, 64)]
    [InlineData("pixi", AtlasFormat.TexturePackerJsonHash, 256)]
    [InlineData("phaser-hash", AtlasFormat.TexturePackerJsonHash, 64)]
    [InlineData("phaser-array", AtlasFormat.TexturePackerJsonArray, 64)]
    [InlineData("phaser-array", AtlasFormat.TexturePackerJsonArray, 256)]
    public void PixiJSAndPhaser_DrawEverySprite(string reader, AtlasFormat format, int pageSide) => InFolder((atlas, folder, pages) =>
    {
        AssertTurned(atlas);
        Dictionary<string, ConsumedSprite> sprites = [];
        List<string> animations = [];
        for (int page = 0; page < pages.Count; page++)
        {
            string file = Path.Combine(folder, pages.Count == 1 ? "sheet.json" : string.Create(CultureInfo.InvariantCulture, $"sheet-{page}.json"));
            string[] size = [pages[page].Width.ToString(CultureInfo.InvariantCulture), pages[page].Height.ToString(CultureInfo.InvariantCulture)];
            string output = Assert.Single(ExternalTool.Node("Delivery/read-atlas.cjs", [reader == "pixi" ? "@pixi/spritesheet" : "phaser"], reader, file, size[0], size[1]));
            using JsonDocument read = JsonDocument.Parse(output);
            foreach (JsonProperty frame in read.RootElement.GetProperty("frames").EnumerateObject())
            {
                sprites.Add(frame.Name, ConsumedSprite.Read(frame.Value, page));
            }

            foreach (JsonProperty animation in read.RootElement.GetProperty("animations").EnumerateObject())
            {
                string[] frames = [.. animation.Value.EnumerateArray().Select(frame => frame.GetString()!)];
                Assert.All(frames, frame => Assert.Equal(page, sprites[frame].Page));
                animations.Add($"{animation.Name}: {string.Join(' ', frames)}");
            }
        }

        AssertAll(sprites, pages);
        Assert.Equal(["a \"b\" \\: yes yes", "run: hero/run_0 hero/run_2 hero/run_0"], animations.Order(StringComparer.Ordinal));
    }, format, SpriteRotation.Clockwise, pageSide);

    [Theory]
    [MemberData(nameof(PageSides))]
    public void LibGdx_DrawsEverySprite(int pageSide) => InFolder((atlas, folder, pages) =>
    {
        AssertTurned(atlas);
        AssertAll(LibGdxAtlas.Read(File.ReadAllText(Path.Combine(folder, "sheet.atlas")), pages), pages);
    }, AtlasFormat.LibGdx, SpriteRotation.Counterclockwise, pageSide);

    [Theory]
    [MemberData(nameof(PageSides))]
    public void Godot_DrawsEverySprite(int pageSide) => InFolder((atlas, folder, pages) =>
    {
        Dictionary<string, ConsumedSprite> sprites = [];
        foreach (AtlasRegion region in atlas.Regions)
        {
            GodotResource resource = GodotResource.Read(File.ReadAllText(Path.Combine(folder, $"sheet.{AtlasExporter.FileNameOf(region.Name)}.tres")));
            sprites.Add(region.Name, resource.Type == "StyleBoxTexture" ? resource.StyleBox(folder) : resource.AtlasTexture(folder, resource.Properties));
        }

        AssertAll(sprites, pages);
        GodotResource frames = GodotResource.Read(File.ReadAllText(Path.Combine(folder, "sheet.tres")));
        Assert.Equal("SpriteFrames", frames.Type);
        List<object?> animations = Assert.IsType<List<object?>>(frames.Properties["animations"]);
        Assert.Equal(Animations.Length, animations.Count);
        for (int i = 0; i < animations.Count; i++)
        {
            Dictionary<string, object?> animation = Assert.IsType<Dictionary<string, object?>>(animations[i]);
            Assert.Equal(Animations[i].Name, animation["name"]);
            Assert.Equal(Animations[i].Loop, animation["loop"]);
            Assert.Equal(1000.0 / Animations[i].MillisecondsPerFrame, Assert.IsType<double>(animation["speed"]), 1e-4);
            List<object?> shown = Assert.IsType<List<object?>>(animation["frames"]);
            Assert.Equal(Animations[i].Frames.Count, shown.Count);
            for (int frame = 0; frame < shown.Count; frame++)
            {
                Dictionary<string, object?> entry = Assert.IsType<Dictionary<string, object?>>(shown[frame]);
                Assert.Equal(1.0, entry["duration"]);
                string id = Assert.IsType<GodotResource.Call>(entry["texture"]).Single("SubResource");
                frames.AtlasTexture(folder, frames.SubResources[id]).AssertDraws(Sprites.Single(sprite => sprite.Name == Animations[i].Frames[frame]), pages);
            }
        }
    }, AtlasFormat.Godot, SpriteRotation.None, pageSide);

    [Theory]
    [MemberData(nameof(PageSides))]
    public void Unity_SlicesEverySprite(int pageSide) => InFolder((atlas, folder, pages) =>
    {
        Dictionary<string, ConsumedSprite> sprites = [];
        for (int page = 0; page < pages.Count; page++)
        {
            string file = Path.Combine(folder, (pages.Count == 1 ? "sheet" : string.Create(CultureInfo.InvariantCulture, $"sheet-{page}")) + ".png.meta");
            using JsonDocument read = JsonDocument.Parse(Assert.Single(ExternalTool.Node("Delivery/read-yaml.cjs", ["yaml"], file)));
            Assert.Equal("2", read.RootElement.GetProperty("fileFormatVersion").GetString());
            Assert.Matches("^[0-9a-f]{32}$", read.RootElement.GetProperty("guid").GetString());
            JsonElement importer = read.RootElement.GetProperty("TextureImporter");
            foreach ((string name, string value) in ((string, string)[])[("textureType", "8"), ("spriteMode", "2"), ("alphaUsage", "1"), ("alphaIsTransparency", "0"), ("nPOTScale", "0")])
            {
                Assert.Equal(value, importer.GetProperty(name).GetString());
            }

            JsonElement sheet = importer.GetProperty("spriteSheet");
            Dictionary<string, string> table = sheet.GetProperty("nameFileIdTable").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
            string[] identifiers = [.. importer.GetProperty("internalIDToNameTable").EnumerateArray().Select(entry => $"{entry.GetProperty("second").GetString()} {entry.GetProperty("first").GetProperty("213").GetString()}")];
            Assert.Equal(table.Count, table.Values.Distinct().Count());
            foreach (JsonElement sprite in sheet.GetProperty("sprites").EnumerateArray())
            {
                string name = sprite.GetProperty("name").GetString()!;
                Assert.Equal(sprite.GetProperty("internalID").GetString(), table[name]);
                Assert.Contains($"{name} {table[name]}", identifiers);
                Assert.NotEqual(0, long.Parse(table[name], CultureInfo.InvariantCulture));
                Assert.Equal("9", sprite.GetProperty("alignment").GetString());
                AtlasRegion region = atlas.Regions.Single(region => region.Name == name);
                sprites.Add(name, UnitySprite(sprite, page, pages[page].Height, region));
            }

            Assert.Equal(table.Keys, identifiers.Select(entry => entry[..entry.LastIndexOf(' ')]));
        }

        AssertAll(sprites, pages);
    }, AtlasFormat.Unity, SpriteRotation.None, pageSide);

    [Theory]
    [MemberData(nameof(PageSides))]
    public void MonoGame_DrawsEverySprite(int pageSide) => InFolder((atlas, folder, pages) =>
    {
        Dictionary<string, ConsumedSprite> sprites = [];
        string[] content = File.ReadAllLines(Path.Combine(folder, "sheet.mgcb"));
        Assert.All(content, line => Assert.Matches("^($|#|/[a-zA-Z]+:[^ ]+$)", line));
        for (int page = 0; page < pages.Count; page++)
        {
            string name = pages.Count == 1 ? "sheet" : string.Create(CultureInfo.InvariantCulture, $"sheet-{page}");
            Assert.Contains($"/build:{name}.png", content);
            Assert.Contains($"/copy:{name}.xml", content);
            XElement root = XDocument.Load(Path.Combine(folder, name + ".xml")).Root!;
            Assert.Equal("TextureAtlas", root.Name.LocalName);
            Assert.Equal(name, root.Element("Texture")!.Value);
            foreach (XElement region in root.Element("Regions")!.Elements("Region"))
            {
                int Value(string attribute, int missing) => int.Parse(region.Attribute(attribute)?.Value ?? missing.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
                double Part(string attribute) => double.Parse(region.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
                (int width, int height) = (Value("width", -1), Value("height", -1));
                sprites.Add(region.Attribute("name")!.Value, ConsumedSprite.Upright(
                    page, Value("x", -1), Value("y", -1), [Value("trimLeft", 0), Value("trimTop", 0), width, height], [Value("sourceWidth", width), Value("sourceHeight", height)]) with
                {
                    Pivot = [Part("pivotX"), Part("pivotY")],
                    Borders = region.Attribute("borderLeft") is null ? null : [Value("borderLeft", 0), Value("borderTop", 0), Value("borderRight", 0), Value("borderBottom", 0)],
                });
            }

            foreach (XElement animation in root.Elements("Animations").Elements("Animation"))
            {
                SpriteAnimation expected = Animations.Single(known => known.Name == animation.Attribute("name")!.Value);
                Assert.Equal(expected.MillisecondsPerFrame, double.Parse(animation.Attribute("delay")!.Value, CultureInfo.InvariantCulture));
                Assert.Equal(expected.Frames, animation.Elements("Frame").Select(frame => frame.Attribute("region")!.Value));
                Assert.All(expected.Frames, frame => Assert.Equal(page, sprites[frame].Page));
            }
        }

        AssertAll(sprites, pages);
    }, AtlasFormat.MonoGame, SpriteRotation.None, pageSide);

    [Theory]
    [MemberData(nameof(PageSides))]
    public void UnrealPaper2D_DrawsEverySprite(int pageSide) => InFolder((atlas, folder, pages) =>
    {
        AssertTurned(atlas);
        Dictionary<string, ConsumedSprite> sprites = [];
        for (int page = 0; page < pages.Count; page++)
        {
            string name = pages.Count == 1 ? "sheet" : string.Create(CultureInfo.InvariantCulture, $"sheet-{page}");
            using JsonDocument read = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name + ".paper2dsprites")));
            Assert.NotEmpty(read.RootElement.GetProperty("meta").GetProperty("app").GetString()!);
            Assert.Equal(name + ".png", read.RootElement.GetProperty("meta").GetProperty("image").GetString());
            foreach (JsonProperty frame in read.RootElement.GetProperty("frames").EnumerateObject())
            {
                sprites.Add(frame.Name, PaperSprite(frame.Value, page, Sprites.Single(sprite => sprite.Name == frame.Name)));
            }
        }

        AssertAll(sprites, pages);
    }, AtlasFormat.UnrealPaper2D, SpriteRotation.Clockwise, pageSide);

    /// <summary>Unity's rectangles count from the bottom left and its pivots are parts of the trimmed rectangle; the whole sprite's size is not kept there.</summary>
    private static ConsumedSprite UnitySprite(JsonElement sprite, int page, int pageHeight, AtlasRegion region)
    {
        int Number(string box, string name) => int.Parse(sprite.GetProperty(box).GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
        double Part(string name)
        {
            JsonElement value = sprite.GetProperty("pivot").GetProperty(name);
            return value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDouble();
        }

        (int width, int height) = (Number("rect", "width"), Number("rect", "height"));
        int[] borders = [Number("border", "x"), Number("border", "w"), Number("border", "z"), Number("border", "y")];
        return ConsumedSprite.Upright(
            page, Number("rect", "x"), pageHeight - Number("rect", "y") - height, [region.TrimLeft, region.TrimTop, width, height], [region.SourceWidth, region.SourceHeight]) with
        {
            Pivot = [((Part("x") * width) + region.TrimLeft) / region.SourceWidth, (((1 - Part("y")) * height) + region.TrimTop) / region.SourceHeight],
            Borders = borders.All(border => border == 0) ? null : borders,
        };
    }

    /// <summary>As Unreal's importer reads a frame: a rotated one has the size of the upright sprite and lies turned clockwise; sizes of untrimmed ones come from the frame. Borders are unknown.</summary>
    private static ConsumedSprite PaperSprite(JsonElement frame, int page, AtlasSprite sprite)
    {
        int[] Box(string name) => [.. frame.GetProperty(name).EnumerateObject().Select(value => value.Value.GetInt32())];
        int[] place = Box("frame");
        bool turned = frame.GetProperty("rotated").GetBoolean();
        bool trimmed = frame.GetProperty("trimmed").GetBoolean();
        return new ConsumedSprite(
            page,
            [place[0] + (turned ? place[3] : 0), place[1]],
            turned ? [0, 1] : [1, 0],
            turned ? [-1, 0] : [0, 1],
            trimmed ? Box("spriteSourceSize") : [0, 0, place[2], place[3]],
            trimmed ? Box("sourceSize") : place[2..])
        {
            Pivot = [frame.GetProperty("pivot").GetProperty("x").GetDouble(), frame.GetProperty("pivot").GetProperty("y").GetDouble()],
            Borders = sprite.NineSlice is { } slice ? [slice.Left, slice.Top, slice.Right, slice.Bottom] : null,
        };
    }

    private static void AssertTurned(SpriteAtlas atlas) => Assert.Contains(atlas.Regions, region => region.Rotation != SpriteRotation.None);

    private static void AssertAll(Dictionary<string, ConsumedSprite> sprites, IReadOnlyList<RgbaImage> pages)
    {
        Assert.Equal(Sprites.Select(sprite => sprite.Name).Order(StringComparer.Ordinal), sprites.Keys.Order(StringComparer.Ordinal));
        Assert.All(Sprites, sprite => sprites[sprite.Name].AssertDraws(sprite, pages));
    }

    /// <summary>Packs and saves the sprites, and gives the pages as they lie in the folder.</summary>
    private static void InFolder(Action<SpriteAtlas, string, IReadOnlyList<RgbaImage>> action, AtlasFormat format, SpriteRotation rotation, int pageSide)
    {
        string folder = Directory.CreateTempSubdirectory("atlas").FullName;
        try
        {
            SpriteAtlas atlas = SpriteAtlas.Pack(Sprites, new AtlasOptions { Rotation = rotation, MaximumWidth = pageSide, MaximumHeight = pageSide, Extrude = 1 }, Animations);
            Assert.Equal(pageSide == 64, atlas.Pages.Count > 1);
            IReadOnlyList<string> paths = AtlasExporter.Save(atlas, folder, "sheet", format);
            action(atlas, folder, [.. paths.Take(atlas.Pages.Count).Select(path => RgbaImage.LoadPng(path))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
