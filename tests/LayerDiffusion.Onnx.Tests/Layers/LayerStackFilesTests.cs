using System.Globalization;
using System.Text;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Onnx.Tests.Layers;

public sealed class LayerStackFilesTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"layer-stack-{Guid.NewGuid():N}");

    private string StackFile => Path.Combine(this.folder, "stack.json");

    public void Dispose()
    {
        if (Directory.Exists(this.folder))
        {
            Directory.Delete(this.folder, recursive: true);
        }
    }

    [Fact]
    public void Save_ThenLoad_GivesEverythingBack()
    {
        LayerStack stack = Sample();

        stack.Save(this.folder);
        LayerStack loaded = LayerStack.Load(this.folder);

        AssertSame(stack, loaded);
    }

    [Fact]
    public void Save_AStack_WritesWhatTheDocumentationSays()
    {
        new LayerStack(4, 3,
        [
            new Layer("Blue Bird/No. 1", Pictures.Plain(2, 1, 1, 2, 3, 0), -1, 2) { Prompt = "ein Vogel, größer", Seed = -5, Opacity = 0.25, BlendMode = BlendMode.ColorDodge, Settings = "{\"steps\" :  25}" },
        ]).Save(this.folder);

        string file = Path.GetFileName(Assert.Single(Directory.GetFiles(Path.Combine(this.folder, "layers"))));
        Assert.Matches("^1-blue-bird-no-1-[0-9a-f]{16}[.]png$", file);
        Assert.Equal(
            """
            {
              "version": 1,
              "width": 4,
              "height": 3,
              "layers": [
                {
                  "id": "layer-1",
                  "name": "Blue Bird/No. 1",
                  "file": "layers/FILE",
                  "width": 2,
                  "height": 1,
                  "x": -1,
                  "y": 2,
                  "prompt": "ein Vogel, größer",
                  "seed": "-5",
                  "opacity": 0.25,
                  "blend_mode": "color-dodge",
                  "visible": true,
                  "locked": false,
                  "settings": {"steps" :  25}
                }
              ]
            }

            """.ReplaceLineEndings("\n").Replace("FILE", file, StringComparison.Ordinal),
            File.ReadAllText(this.StackFile));
    }

    [Fact]
    public void Save_AllBlendModesAndAnEmptyStack_ComeBack()
    {
        LayerStack modes = new(1, 1, Enum.GetValues<BlendMode>().Select(mode => new Layer("x", new RgbaImage(1, 1)) { BlendMode = mode }));

        modes.Save(this.folder);
        AssertSame(modes, LayerStack.Load(this.folder));
        new LayerStack(3, 2).Save(this.folder);
        AssertSame(new LayerStack(3, 2), LayerStack.Load(this.folder));
        Assert.Equal(["stack.json"], this.Files().Keys);
    }

    [Fact]
    public void Save_Again_GivesTheSameBytesWhateverWasThereBefore()
    {
        LayerStack stack = Sample();
        stack.Save(this.folder);
        SortedDictionary<string, string> first = this.Files();

        stack.Move("layer-1", 2).Rename("layer-2", "another").Remove("layer-3").Save(this.folder);
        Assert.Equal(3, this.Files().Count);
        LayerStack.Load(this.folder).Save(this.folder);
        stack.Save(this.folder);

        Assert.Equal(first, this.Files());
    }

    [Fact]
    public void Save_OverAnotherStack_LeavesNoOrphanAndForeignFilesAlone()
    {
        Sample().Save(this.folder);
        string layers = Path.Combine(this.folder, "layers");
        string handMade = Path.Combine(layers, "Hand made.png");
        File.Move(Directory.GetFiles(layers).Order(StringComparer.Ordinal).First(), handMade);
        string text = File.ReadAllText(this.StackFile);
        int start = text.IndexOf("layers/1-", StringComparison.Ordinal);
        File.WriteAllText(this.StackFile, text.Replace(text[start..text.IndexOf('"', start)], "layers/Hand made.png", StringComparison.Ordinal));
        AssertSame(Sample(), LayerStack.Load(this.folder));
        File.WriteAllText(Path.Combine(layers, "notes.txt"), "mine");
        File.WriteAllText(Path.Combine(layers, "2-mine.png"), "mine");
        File.WriteAllText(Path.Combine(this.folder, "readme.txt"), "mine");

        // What a power failure leaves.
        File.WriteAllText(Path.Combine(layers, "9-old-0123456789abcdef.png"), "left");
        File.WriteAllText(Path.Combine(layers, "9-old-0123456789abcdef.png.0123456789abcdef0123456789abcdef.partial"), "left");
        File.WriteAllText(this.StackFile + ".0123456789abcdef0123456789abcdef.partial", "left");

        LayerStack other = new(2, 2, [new Layer("x", new RgbaImage(1, 1))]);
        other.Save(this.folder);

        AssertSame(other, LayerStack.Load(this.folder));
        Assert.Equal(["layers/2-mine.png", "layers/notes.txt", "readme.txt", "stack.json"], this.Files().Keys.Where(key => !key.StartsWith("layers/1-x-", StringComparison.Ordinal)));
        Assert.Equal(5, this.Files().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Save_FailingAtAnyFile_LeavesTheOldStackAndNothingElse(bool afterAPart)
    {
        LayerStack old = Sample();
        LayerStack changed = old.Replace("layer-1", Pictures.ExtremeNoise(4, 4, 77)).Unlock("layer-2").Replace("layer-2", Pictures.ExtremeNoise(4, 4, 78)).Rename("layer-3", "renamed");
        old.Save(this.folder);
        SortedDictionary<string, string> before = this.Files();

        // Three pictures and stack.json.
        for (int failing = 0; failing < 4; failing++)
        {
            Assert.Contains("disk is full", Assert.Throws<IOException>(() => LayerStackWriter.Save(changed, this.folder, FailingAt(failing, afterAPart))).Message, StringComparison.Ordinal);
            Assert.Equal(before, this.Files());
            AssertSame(old, LayerStack.Load(this.folder));
        }

        LayerStackWriter.Save(changed, this.folder, FailingAt(4, afterAPart));
        AssertSame(changed, LayerStack.Load(this.folder));
        Assert.Equal(4, this.Files().Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void Save_FailingInANewFolder_LeavesNoFolder(int failing)
    {
        Assert.Throws<IOException>(() => LayerStackWriter.Save(Sample(), this.folder, FailingAt(failing, afterAPart: true)));

        Assert.False(Directory.Exists(this.folder));
    }

    [Fact]
    public void Save_WhereStackJsonCannotBeReplaced_LeavesNoPictures()
    {
        Directory.CreateDirectory(this.StackFile);

        Assert.ThrowsAny<SystemException>(() => Sample().Save(this.folder));

        Assert.Equal([this.StackFile], Directory.GetFileSystemEntries(this.folder));
    }

    [Fact]
    public void Save_WhereAFileStandsInTheWay_SaysSo()
    {
        File.WriteAllText(this.folder, "a file");
        try
        {
            Assert.Throws<IOException>(() => Sample().Save(this.folder));
            Assert.Equal("a file", File.ReadAllText(this.folder));
        }
        finally
        {
            File.Delete(this.folder);
        }
    }

    [Fact]
    public void Save_OverAPictureChangedByHand_LosesItOnlyWhenTheNewStackIsThere()
    {
        LayerStack stack = Sample();
        stack.Save(this.folder);
        string picture = Directory.GetFiles(Path.Combine(this.folder, "layers")).Order(StringComparer.Ordinal).First();
        Pictures.ExtremeNoise(7, 5, 99).SavePng(picture);
        LayerStack edited = LayerStack.Load(this.folder);

        Assert.Throws<IOException>(() => LayerStackWriter.Save(stack, this.folder, FailingAt(1, afterAPart: false)));
        AssertSame(edited, LayerStack.Load(this.folder));
        stack.Save(this.folder);
        AssertSame(stack, LayerStack.Load(this.folder));
        Assert.Equal(4, this.Files().Count);
    }

    [Fact]
    public void Load_ADamagedStackFile_NamesTheField()
    {
        this.AssertWrong("is no JSON", "{");
        this.AssertWrong("the content is a JSON Array", "[]");
        this.AssertWrong("version is missing", "{}");
        this.AssertWrong("version is 2; this library reads version 1", """{"version":2,"new":true}""");
        this.AssertWrong("version is \"1\"; wanted is a whole number", """{"version":"1"}""");
        this.AssertWrong("'depth' is no field", """{"version":1,"width":1,"height":1,"layers":[],"depth":1}""");
        this.AssertWrong("width is 0; wanted is a whole number from 1", """{"version":1,"width":0,"height":1,"layers":[]}""");
        this.AssertWrong("height is missing", """{"version":1,"width":1,"layers":[]}""");
        this.AssertWrong("100000×100000 pixels", """{"version":1,"width":100000,"height":100000,"layers":[]}""");
        this.AssertWrong("layers is {}; wanted is an array", """{"version":1,"width":1,"height":1,"layers":{}}""");
        this.AssertWrong("layers[0] is a JSON Number", """{"version":1,"width":1,"height":1,"layers":[1]}""");
        this.AssertWrong("at most 8000", $$"""{"version":1,"width":1,"height":1,"layers":[{{string.Join(',', Enumerable.Repeat("{}", 8001))}}]}""");
        this.AssertWrong("is no JSON", """{"version":1,"version":1,"width":1,"height":1,"layers":[]}""");
    }

    [Theory]
    [InlineData("id", "\"\"", "layers[0].id is \"\"")]
    [InlineData("id", "3", "layers[0].id is 3; wanted is a text")]
    [InlineData("id", "null", "layers[0].id is null; wanted is a text")]
    [InlineData("id", "\"layer-2\"", "Two layers have the id 'layer-2'")]
    [InlineData("name", "\"\"", "Layer.Name is blank")]
    [InlineData("name", "\"\\uD83D\"", "layers[0].name is no valid text")]
    [InlineData("width", "6", "layers[0] is 6×5, its file")]
    [InlineData("width", "2147483647", "more than 536870912 pixels together")]
    [InlineData("height", "-5", "layers[0].height is -5")]
    [InlineData("x", "1e9", "layers[0].x is 1e9; wanted is a whole number from -300000 to 300000")]
    [InlineData("y", "true", "layers[0].y is true")]
    [InlineData("prompt", "[]", "layers[0].prompt is []; wanted is a text")]
    [InlineData("seed", "\"1.5\"", "layers[0].seed is \"1.5\"; wanted is a text of digits")]
    [InlineData("seed", "12", "layers[0].seed is 12; wanted is a text")]
    [InlineData("opacity", "1.1", "layers[0].opacity is 1.1; wanted is a number from 0 to 1")]
    [InlineData("opacity", "1e999", "layers[0].opacity is 1e999")]
    [InlineData("blend_mode", "\"Normal\"", "layers[0].blend_mode is \"Normal\"; wanted is a blend mode")]
    [InlineData("visible", "1", "layers[0].visible is 1; wanted is true or false")]
    [InlineData("locked", "\"yes\"", "layers[0].locked is \"yes\"")]
    [InlineData("settings", "\"{}\"", "layers[0].settings is \"{}\"; wanted is an object")]
    [InlineData("colour", "1", "'layers[0].colour' is no field")]
    [InlineData("file", "\"layers/../stack.png\"", "layers[0].file")]
    [InlineData("file", "\"../outside.png\"", "layers[0].file")]
    [InlineData("file", "\"/etc/outside.png\"", "layers[0].file")]
    [InlineData("file", "\"C:\\\\outside.png\"", "layers[0].file")]
    [InlineData("file", "\"layers\\\\1.png\"", "layers[0].file")]
    [InlineData("file", "\"layers/sub/1.png\"", "layers[0].file")]
    [InlineData("file", "\"layers/.png\"", "layers[0].file")]
    [InlineData("file", "\"layers/1.png:stream.png\"", "layers[0].file")]
    [InlineData("file", "\"layers/1\\u0000.png\"", "layers[0].file")]
    [InlineData("file", "\"layers/1.jpg\"", "layers[0].file")]
    [InlineData("file", "\"stack.json\"", "layers[0].file")]
    public void Load_AWrongField_NamesIt(string field, string value, string message)
    {
        LayerStack sample = Sample();
        sample.Replace("layer-1", sample["layer-1"] with { Settings = "{}" }).Save(this.folder);
        List<string> lines = [.. File.ReadAllLines(this.StackFile)];
        int index = lines.FindIndex(line => line.TrimStart().StartsWith($"\"{field}\"", StringComparison.Ordinal) && line.StartsWith("      ", StringComparison.Ordinal));
        string changed = $"      \"{field}\": {value},";
        if (index >= 0)
        {
            // The settings stand last in their layer.
            lines[index] = field == "settings" ? changed.TrimEnd(',') : changed;
        }
        else
        {
            lines.Insert(lines.FindIndex(line => line.Contains("\"id\"", StringComparison.Ordinal)), changed);
        }

        this.AssertWrong(message, string.Join('\n', lines));
    }

    [Fact]
    public void Load_TwoLayersOfOneFile_IsRefused()
    {
        Sample().Save(this.folder);
        string[] names = [.. Directory.GetFiles(Path.Combine(this.folder, "layers")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

        this.AssertWrong("layers[1].file", File.ReadAllText(this.StackFile).Replace(names[1], names[0].ToUpperInvariant().Replace(".PNG", ".png", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Fact]
    public void Load_MissingOrDamagedFiles_NamesThem()
    {
        Assert.Contains(this.folder, Assert.Throws<DirectoryNotFoundException>(() => LayerStack.Load(this.folder)).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(this.folder);
        Assert.Contains("holds no stack.json", Assert.Throws<FileNotFoundException>(() => LayerStack.Load(this.folder)).Message, StringComparison.Ordinal);
        Sample().Save(this.folder);
        string picture = Directory.GetFiles(Path.Combine(this.folder, "layers")).Order(StringComparer.Ordinal).First();
        File.WriteAllText(picture, "no picture");
        Assert.Contains(picture, Assert.Throws<ImageFormatException>(() => LayerStack.Load(this.folder)).Message, StringComparison.Ordinal);
        File.Delete(picture);
        string message = Assert.Throws<FileNotFoundException>(() => LayerStack.Load(this.folder)).Message;
        Assert.Contains(picture, message, StringComparison.Ordinal);
        Assert.Contains("layers[0]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AHugeStackFile_IsRefusedUnread()
    {
        Directory.CreateDirectory(this.folder);
        using (FileStream stream = File.Create(this.StackFile))
        {
            stream.SetLength((64 << 20) + 1);
        }

        Assert.Contains("has 67108865 bytes", Assert.Throws<InvalidDataException>(() => LayerStack.Load(this.folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    [InlineData("ar-SA")]
    public void Save_UnderAnyCulture_GivesTheSameBytes(string culture)
    {
        Sample().Save(this.folder);
        SortedDictionary<string, string> expected = this.Files();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            Sample().Save(this.folder);
            AssertSame(Sample(), LayerStack.Load(this.folder));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal(expected, this.Files());
    }

    private static LayerStack Sample() => new(12, 9,
    [
        new Layer("INITIAL meadow", Pictures.ExtremeNoise(7, 5, 1), -3, 2)
        {
            Prompt = "a meadow, \"quoted\" \\ \n two lines, größer 🦉",
            NegativePrompt = string.Empty,
            Seed = long.MaxValue,
            Mode = "fgble2bg",
            Opacity = 0.1 + 0.2,
            BlendMode = BlendMode.SoftLight,
            IsVisible = false,
            Settings = "{ \"steps\":25,\r\n\t\"text\" : \"\\u00e9 é\", \"n\": 1.50e3, \"deep\": [[{}], null] }",
        },
        new Layer("🦉", Pictures.Plain(1, 1, 200, 100, 50, 0)) { Seed = long.MinValue, IsLocked = true },
        new Layer("plain", Pictures.OpaqueNoise(12, 9, 3)),
    ]);

    private static LayerStackWriter.FileWriter FailingAt(int file, bool afterAPart)
    {
        int count = 0;
        return (path, content) => AtomicFile.Write(path, stream =>
        {
            bool fails = count++ == file;
            stream.Write(content, 0, fails ? (afterAPart ? content.Length / 2 : 0) : content.Length);
            if (fails)
            {
                throw new IOException("The disk is full.");
            }
        });
    }

    private static void AssertSame(LayerStack expected, LayerStack actual)
    {
        Assert.Equal((expected.Width, expected.Height), (actual.Width, actual.Height));
        Assert.Equal(expected.Layers.Count, actual.Layers.Count);
        for (int i = 0; i < expected.Layers.Count; i++)
        {
            Assert.Equal(expected.Layers[i], actual.Layers[i] with { Image = expected.Layers[i].Image });
            Assert.Equal((expected.Layers[i].Image.Width, expected.Layers[i].Image.Height), (actual.Layers[i].Image.Width, actual.Layers[i].Image.Height));
            Assert.Equal(expected.Layers[i].Image.ToArray(), actual.Layers[i].Image.ToArray());
        }
    }

    private void AssertWrong(string message, string stackFile)
    {
        Directory.CreateDirectory(this.folder);
        File.WriteAllText(this.StackFile, stackFile, new UTF8Encoding(false));
        string actual = Assert.Throws<InvalidDataException>(() => LayerStack.Load(this.folder)).Message;
        Assert.Contains(message, actual, StringComparison.Ordinal);
        Assert.Contains(this.StackFile, actual, StringComparison.Ordinal);
    }

    private SortedDictionary<string, string> Files()
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (string path in Directory.GetFiles(this.folder, "*", SearchOption.AllDirectories))
        {
            files.Add(Path.GetRelativePath(this.folder, path).Replace('\\', '/'), Convert.ToHexString(File.ReadAllBytes(path)));
        }

        return files;
    }
}
