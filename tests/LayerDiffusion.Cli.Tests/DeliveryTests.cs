using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Cli.Tests;

public sealed class DeliveryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => this.folder.Dispose();

    [Theory]
    [InlineData("psd")]
    [InlineData("ora")]
    public void Export_Pictures_BecomeLayers(string kind)
    {
        string file = this.folder.PathOf("a." + kind);
        Tool tool = Tool.Run("export", kind, this.Picture("below.png", 20, 10), this.Picture("above.png", 8, 12), "--out", file);

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Equal(file, tool.Out.Trim());
        LayeredDocument document = kind == "psd" ? PsdFile.Load(file) : OpenRasterFile.Load(file);
        Assert.Equal((20, 12), (document.Width, document.Height));
        Assert.Equal(["below", "above"], document.Nodes.Select(node => node.Name));
    }

    [Fact]
    public void Export_Stack_BecomesLayers()
    {
        new LayerStack(16, 16, [new Layer("dot", Disc(8, 8), 3, 4)]).Save(this.folder.PathOf("stack"));

        Assert.Equal(ExitCode.Done, Tool.Run("export", "ora", this.folder.PathOf("stack"), "--out", this.folder.PathOf("a.ora")).ExitCode);

        DocumentLayer layer = Assert.IsType<DocumentLayer>(Assert.Single(OpenRasterFile.Load(this.folder.PathOf("a.ora")).Nodes));
        Assert.Equal(("dot", 3, 4), (layer.Name, layer.X, layer.Y));
    }

    [Fact]
    public void Export_Atlas_HasPictureAndDescription()
    {
        string[] pictures = [this.Picture("a.png", 20, 20), this.Picture("b.png", 12, 12)];

        Assert.Equal(ExitCode.Done, Tool.Run(["export", "atlas", .. pictures, "--out", this.folder.PathOf("godot")]).ExitCode);
        Assert.Equal(ExitCode.Done, Tool.Run(["export", "atlas", .. pictures, "--engine", "unity", "--format", "libgdx", "--name", "all", "--out", this.folder.PathOf("other")]).ExitCode);

        Assert.Equal(
            ["a.png", "b.png", "godot", "godot/sprites.a.tres", "godot/sprites.b.tres", "godot/sprites.png", "other", "other/all.atlas", "other/all.png"], this.folder.Entries);
    }

    [Fact]
    public void Export_Tiff_HoldsMergedPictureAndLayers()
    {
        Tool tool = Tool.Run("export", "tiff", this.Picture("below.png", 20, 10), this.Picture("above.png", 8, 12), "--out", this.folder.PathOf("a.tif"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        byte[] file = File.ReadAllBytes(this.folder.PathOf("a.tif"));
        Assert.True(file.AsSpan().StartsWith("MM\0*"u8));
        foreach (string name in (string[])["below", "above"])
        {
            Assert.True(file.AsSpan().IndexOf(System.Text.Encoding.BigEndianUnicode.GetBytes(name)) > 0, name);
        }
    }

    [Fact]
    public void Export_Strip_LaysFramesOnAGridWithAnAnimation()
    {
        string[] frames = [.. Enumerable.Range(0, 5).Select(i => this.Picture($"{i}.png", 10, 12))];
        Tool tool = Tool.Run(["export", "strip", .. frames, "--columns", "3", "--frame-time", "125", "--name", "potion", "--out", this.folder.PathOf("out")]);

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        RgbaImage strip = RgbaImage.LoadPng(this.folder.PathOf("out/potion.png"));
        Assert.Equal((30, 24), (strip.Width, strip.Height));
        string animation = File.ReadAllText(this.folder.PathOf("out/potion.tres"));
        Assert.Contains("\"speed\": 8.0", animation, StringComparison.Ordinal);
        Assert.Equal(5, animation.Split("SubResource(").Length - 1);

        Assert.Contains("Frame 1", Tool.Run("export", "strip", frames[0], this.Picture("other.png", 9, 12), "--out", this.folder.PathOf("bad")).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(this.folder.PathOf("bad")));
    }

    [Fact]
    public void Export_AtlasNineSlice_MakesPanelsOfWhatCanBeStretched()
    {
        RgbaImage panel = new(20, 16);
        panel.Pixels.Span.Fill(200);
        panel.Pixels.Span[3] = 9;
        panel.Pixels.Span[40] = 202;
        panel.SavePng(this.folder.PathOf("panel.png"));
        Assert.Equal(ExitCode.Done, Tool.Run("export", "atlas", this.folder.PathOf("panel.png"), this.Picture("disc.png", 9, 9), "--nine-slice", "2", "--out", this.folder.PathOf("out")).ExitCode);

        Assert.Contains("type=\"StyleBoxTexture\"", File.ReadAllText(this.folder.PathOf("out/sprites.panel.tres")), StringComparison.Ordinal);
        Assert.Contains("type=\"AtlasTexture\"", File.ReadAllText(this.folder.PathOf("out/sprites.disc.tres")), StringComparison.Ordinal);
    }

    [Fact]
    public void Export_AtlasTrimAlpha_CutsFaintMargins()
    {
        RgbaImage image = Disc(8, 8).Extend(4, 4, 4, 4);
        image.Pixels.Span[3] = 1;
        image.SavePng(this.folder.PathOf("a.png"));

        foreach ((string folder, string alpha) in new[] { ("all", "0"), ("less", "1") })
        {
            Assert.Equal(
                ExitCode.Done, Tool.Run("export", "atlas", this.folder.PathOf("a.png"), "--trim-alpha", alpha, "--out", this.folder.PathOf(folder)).ExitCode);
        }

        Assert.True(RgbaImage.LoadPng(this.folder.PathOf("less", "sprites.png")).Width < RgbaImage.LoadPng(this.folder.PathOf("all", "sprites.png")).Width);
    }

    [Fact]
    public void Export_Sprites_ArePreparedOneByOne()
    {
        string picture = this.Picture("a.png", 18, 10);

        Assert.Equal(ExitCode.Done, Tool.Run("export", "sprites", picture, "--engine", "MonoGame", "--out", this.folder.PathOf("s")).ExitCode);

        RgbaImage prepared = RgbaImage.LoadPng(this.folder.PathOf("s", "a.png"));
        Assert.Equal((32, 16), (prepared.Width, prepared.Height));
    }

    [Fact]
    public void Pad_SpreadsColourAndEnlarges()
    {
        string picture = this.Picture("a.png", 18, 10);
        Assert.Equal(ExitCode.Done, Tool.Run("pad", picture, "--out", this.folder.PathOf("smooth.png")).ExitCode);
        Assert.Equal(ExitCode.Done, Tool.Run("pad", picture, "--distance", "2", "--multiple", "4", "--out", this.folder.PathOf("near.png")).ExitCode);

        Assert.Equal(RgbPadding.Pad(Disc(18, 10)).ToArray(), RgbaImage.LoadPng(this.folder.PathOf("smooth.png")).ToArray());
        Assert.Equal(AlphaHygiene.Bleed(AlphaHygiene.PadToMultiple(Disc(18, 10)), 2).ToArray(), RgbaImage.LoadPng(this.folder.PathOf("near.png")).ToArray());
    }

    [Fact]
    public void Premultiply_StoresMultipliedColour()
    {
        Assert.Equal(ExitCode.Done, Tool.Run("premultiply", this.Picture("a.png", 18, 10), "--out", this.folder.PathOf("b.png")).ExitCode);

        Assert.Equal(Disc(18, 10).ToPremultiplied().ToArray(), RgbaImage.LoadPng(this.folder.PathOf("b.png")).ToArray());
    }

    [Fact]
    public void Trim_CutsAndTellsWhere()
    {
        Disc(8, 8).Extend(5, 3, 1, 0).SavePng(this.folder.PathOf("a.png"));

        Tool tool = Tool.Run("trim", this.folder.PathOf("a.png"), "--margin", "1", "--out", this.folder.PathOf("b.png"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        TrimmedImage expected = RgbaImage.LoadPng(this.folder.PathOf("a.png")).Trim(margin: 1);
        Assert.Equal(expected.Image.ToArray(), RgbaImage.LoadPng(this.folder.PathOf("b.png")).ToArray());
        Assert.Contains($"from {expected.X},{expected.Y} of 14×11", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_SameAndOther_TellsTheErrors()
    {
        string picture = this.Picture("a.png", 32, 32);
        RgbaImage other = Disc(32, 32);
        other.Pixels.Span[(4 * ((16 * 32) + 16)) + 3] = 0;
        other.SavePng(this.folder.PathOf("b.png"));

        string[] same = Tool.Run("compare", picture, picture).Out.Split(Environment.NewLine);
        string[] apart = Tool.Run("compare", this.folder.PathOf("b.png"), picture).Out.Split(Environment.NewLine);

        Assert.Equal(["sad", "mse", "gradient", "connectivity", "iou", "psnr", "ssim", "worst-psnr", string.Empty], same.Select(line => line.Split(' ')[0]));
        Assert.Equal("mse          0", same[1]);
        Assert.Equal("iou          1", same[4]);
        Assert.NotEqual(same[1], apart[1]);
    }

    [Theory]
    [InlineData("SOURCE is missing", "export", "psd")]
    [InlineData("'gif' is nothing to export to", "export", "gif", "PICTURE")]
    [InlineData("no engine preset 'quake'", "export", "atlas", "PICTURE", "--engine", "quake")]
    [InlineData("--format is 'x'", "export", "atlas", "PICTURE", "--format", "x")]
    [InlineData("--trim-alpha is '255'", "export", "atlas", "PICTURE", "--trim-alpha", "255")]
    [InlineData("Two outputs have the same file", "export", "sprites", "PICTURE", "PICTURE")]
    [InlineData("'a/b' is no plain file name", "export", "atlas", "PICTURE", "--name", "a/b")]
    [InlineData("--distance is '-1'; wanted a whole number from 0", "pad", "PICTURE", "--distance", "-1")]
    [InlineData("--threshold is '0'", "trim", "PICTURE", "--threshold", "0")]
    public void Run_WrongArguments_GivesTwoAndNamesThem(string named, params string[] arguments)
    {
        string picture = this.Picture("a.png", 8, 8);
        Tool tool = Tool.Run([.. arguments.Select(argument => argument == "PICTURE" ? picture : argument), "--out", this.folder.PathOf("out")]);

        Assert.Contains(named, tool.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongArguments, tool.ExitCode);
        Assert.Equal(["a.png"], this.folder.Entries);
    }

    [Fact]
    public void Compare_WrongPictures_GivesTwo()
    {
        string[] pictures = [this.Picture("a.png", 8, 8), this.Picture("b.png", 8, 9)];

        Assert.Contains("TRUTH.png is missing", Tool.Run("compare", pictures[0]).Error, StringComparison.Ordinal);
        Assert.Contains("pictures of one size", Tool.Run("compare", pictures[0], pictures[1]).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongArguments, Tool.Run("compare", pictures[0], pictures[1], pictures[0]).ExitCode);
    }

    [Theory]
    [InlineData("trim")]
    [InlineData("export", "psd")]
    public void Run_NoPng_FailsWithOneLineAndWritesNothing(params string[] command)
    {
        string file = this.folder.Write("a.png", "no picture");
        Tool tool = Tool.Run([.. command, file, "--out", this.folder.PathOf("new", "b.png")]);

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Single(tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["a.png"], this.folder.Entries);
    }

    private string Picture(string name, int width, int height)
    {
        string path = this.folder.PathOf(name);
        Disc(width, height).SavePng(path);
        return path;
    }

    /// <summary>An orange disc, half opaque, whose rim fades.</summary>
    private static RgbaImage Disc(int width, int height)
    {
        RgbaImage image = new(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double distance = Math.Sqrt(Math.Pow((x + 0.5 - (width / 2.0)) / (width / 2.0), 2) + Math.Pow((y + 0.5 - (height / 2.0)) / (height / 2.0), 2));
                byte alpha = (byte)(200 * Math.Clamp(2 * (1 - distance), 0, 1));
                Span<byte> pixel = image.GetRow(y).Slice(4 * x, 4);
                if (alpha > 0)
                {
                    pixel[0] = 240;
                    pixel[1] = 120;
                    pixel[2] = 40;
                    pixel[3] = alpha;
                }
            }
        }

        return image;
    }
}
