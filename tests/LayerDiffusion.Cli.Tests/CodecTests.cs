using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Models.Tiny;

namespace LayerDiffusion.Cli.Tests;

/// <summary><c>encode</c> and <c>decode</c>, also as modes of a request.</summary>
public sealed class CodecTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CodecTests()
    {
        RgbaImage image = new(101, 75);
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                bool isInside = ((x - 50) * (x - 50)) + ((y - 37) * (y - 37)) < 900;
                ((ReadOnlySpan<byte>)[220, (byte)(2 * x), 40, (byte)(isInside ? 255 : 0)]).CopyTo(image.GetRow(y).Slice(4 * x, 4));
            }
        }

        this.Image = image;
        image.SavePng(this.Picture);
    }

    private RgbaImage Image { get; }

    private string Picture => this.folder.PathOf("in.png");

    private string Latent => this.folder.PathOf("latent.safetensors");

    public void Dispose() => this.folder.Dispose();

    [Theory]
    [InlineData(null, AlphaAugmentation.Full)]
    [InlineData("rotations", AlphaAugmentation.Rotations)]
    [InlineData("fast", AlphaAugmentation.Fast)]
    public void EncodeThenDecode_AnOddPicture_IsWhatTheLibraryGives(string? augmentation, AlphaAugmentation expected)
    {
        string result = this.folder.PathOf("out.png");
        Tool encoded = Tool.Run("encode", this.Picture, "--out", this.Latent);
        Tool decoded = Tool.Run(["decode", this.Latent, "--out", result, .. augmentation is null ? [] : new[] { "--alpha-augmentation", augmentation }]);

        Assert.Equal((ExitCode.Done, ExitCode.Done), (encoded.ExitCode, decoded.ExitCode));
        Assert.Equal(this.Latent + Environment.NewLine, encoded.Out);
        Assert.Equal(result + Environment.NewLine, decoded.Out);
        Assert.Equal(["in.png", "latent.safetensors", "out.png"], this.folder.Entries);
        using LayerDiffusionPipeline pipeline = TinyModel.LoadPipeline();
        TransparentLatent latent = pipeline.EncodeTransparent(this.Image);
        Assert.Equal(latent.Values.ToArray(), TransparentLatent.Load(this.Latent).Values.ToArray());
        Assert.Equal((101, 75), (TransparentLatent.Load(this.Latent).Width, TransparentLatent.Load(this.Latent).Height));
        Assert.Equal(
            pipeline.DecodeTransparent(latent, new GenerationOptions { AlphaAugmentation = expected }).ToImageTruncated().ToArray(), RgbaImage.LoadPng(result).ToArray());
    }

    [Fact]
    public void EncodeThenDecode_OptionsOfBoth_ReachTheLibrary()
    {
        string[] files = [.. new[] { "out.png", "p.png", "d.png", "c.png" }.Select(name => this.folder.PathOf(name))];
        Assert.Equal(
            ExitCode.Done,
            Tool.Run("encode", this.Picture, "--out", this.Latent, "--width", "192", "--height", "64", "--image-fit", "stretch", "--offset-gain", "1.5", "--tile-size", "128", "--tile-overlap", "32", "--trace", this.folder.PathOf("t")).ExitCode);
        Assert.Equal(
            ExitCode.Done,
            Tool.Run(
                "decode", this.Latent, "--out", files[0], "--premultiplied", files[1], "--padded", files[2], "--checkerboard", files[3], "--tile-size", "128", "--tile-overlap", "32", "--alpha-augmentation", "fast").ExitCode);

        using LayerDiffusionPipeline pipeline = TinyModel.LoadPipeline();
        GenerationOptions encoding = new() { Width = 192, Height = 64, ImageFit = ImageFit.Stretch, OffsetGain = 1.5 };
        TransparentLatent latent = pipeline.EncodeTransparent(this.Image, encoding with { TileSize = 128, TileOverlap = 32 });
        Assert.Equal(latent.Values.ToArray(), TransparentLatent.Load(this.Latent).Values.ToArray());
        Assert.NotEqual(pipeline.EncodeTransparent(this.Image, encoding).Values.ToArray(), latent.Values.ToArray());
        GenerationOptions options = new() { AlphaAugmentation = AlphaAugmentation.Fast };
        RgbaImage tiled = pipeline.DecodeTransparent(latent, options with { TileSize = 128, TileOverlap = 32 }).ToImageTruncated();
        Assert.Equal(tiled.ToArray(), RgbaImage.LoadPng(files[0]).ToArray());
        Assert.NotEqual(pipeline.DecodeTransparent(latent, options).ToImageTruncated().ToArray(), tiled.ToArray());
        Assert.Equal(tiled.ToPremultiplied().ToArray(), RgbaImage.LoadPng(files[1]).ToArray());
        Assert.Equal(RgbPadding.Pad(tiled).ToArray(), RgbaImage.LoadPng(files[2]).ToArray());
        Assert.Equal(tiled.ToCheckerboardPreview().ToArray(), RgbaImage.LoadPng(files[3]).ToArray());
        Assert.Contains("t/latent.safetensors", this.folder.Entries);
    }

    [Fact]
    public void Run_EncodeAndDecodeAsModes_DoTheSame()
    {
        this.folder.Write("encode.json", """{ "mode": "encodeTransparent", "image": "in.png" }""");
        this.folder.Write("decode.json", """{ "mode": "decodeTransparent", "latent": "out.safetensors", "alphaAugmentation": "fast" }""");
        Assert.Equal(ExitCode.Done, Tool.Run("run", this.folder.PathOf("encode.json")).ExitCode);
        Assert.Equal(ExitCode.Done, Tool.Run("run", this.folder.PathOf("decode.json")).ExitCode);

        Tool.Run("encode", this.Picture, "--out", this.Latent);
        Tool.Run("decode", this.Latent, "--alpha-augmentation", "fast", "--out", this.folder.PathOf("verb.png"));
        Assert.Equal(this.folder.Read("latent.safetensors"), this.folder.Read("out.safetensors"));
        Assert.Equal(this.folder.Read("verb.png"), this.folder.Read("out.png"));
    }

    [Theory]
    [InlineData("PICTURE.png is missing", "encode")]
    [InlineData("LATENT.safetensors is missing", "decode")]
    [InlineData("'--steps' is no option of encode", "encode", "in.png", "--steps", "5")]
    [InlineData("'--seed' is no option of decode", "decode", "latent.safetensors", "--seed", "5")]
    [InlineData("--alpha-augmentation is 'none'; wanted one of full, rotations, fast", "decode", "latent.safetensors", "--alpha-augmentation", "none")]
    [InlineData("--tile-size is 100; wanted is 0, or a multiple of 64", "decode", "latent.safetensors", "--tile-size", "100")]
    [InlineData("--tile-overlap is 96; wanted is a multiple of 8", "decode", "latent.safetensors", "--tile-size", "128", "--tile-overlap", "96")]
    [InlineData("--tile-size is 64; wanted is 0, or a multiple of 64", "encode", "in.png", "--tile-size", "64")]
    [InlineData("--offset-gain is 2000", "encode", "in.png", "--offset-gain", "2000")]
    [InlineData("--width is 9999", "encode", "in.png", "--width", "9999")]
    [InlineData("The latent is [3,16,16]", "decode", "other.safetensors")]
    public void Codec_WrongArguments_GivesTwoAndNamesThem(string named, params string[] arguments)
    {
        new TransparentLatent(new float[4 * 16 * 16], 4, 16, 16, 101, 75).Save(this.Latent);
        new TransparentLatent(new float[3 * 16 * 16], 3, 16, 16, 101, 75).Save(this.folder.PathOf("other.safetensors"));
        Tool tool = Tool.Run([.. arguments.Select(argument => argument.Contains('.', StringComparison.Ordinal) ? this.folder.PathOf(argument) : argument), "--out", this.folder.PathOf("none")]);

        Assert.Contains(named, tool.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongArguments, tool.ExitCode);
        Assert.Equal(["in.png", "latent.safetensors", "other.safetensors"], this.folder.Entries);
    }

    [Theory]
    [InlineData("steps means nothing to encodeTransparent", """{ "mode": "encodeTransparent", "image": "in.png", "steps": 5 }""")]
    [InlineData("previews means nothing to decodeTransparent", """{ "mode": "decodeTransparent", "latent": "a", "previews": "p" }""")]
    [InlineData("premultiplied means nothing to encodeTransparent", """{ "mode": "encodeTransparent", "image": "in.png", "premultiplied": "p.png" }""")]
    [InlineData("image is missing; encodeTransparent needs it", """{ "mode": "encodeTransparent" }""")]
    [InlineData("latent is missing; decodeTransparent needs it", """{ "mode": "decodeTransparent" }""")]
    [InlineData("latent means nothing to generateTransparent", """{ "prompt": "star", "latent": "a" }""")]
    public void Run_KeysThatDoNotBelong_GivesTwoAndNamesThem(string named, string request)
    {
        Tool tool = Tool.Run("run", this.folder.Write("request.json", request));

        Assert.Contains(named, tool.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongArguments, tool.ExitCode);
        Assert.Equal(["in.png", "request.json"], this.folder.Entries);
    }

    [Theory]
    [InlineData("encode", "none.png", "none.png")]
    [InlineData("decode", "none.safetensors", "none.safetensors")]
    [InlineData("decode", "in.png", "not a valid safetensors file")]
    [InlineData("encode", "text.txt", "text.txt")]
    public void Codec_FileThatIsNone_FailsWithOneLineAndNamesIt(string command, string file, string named)
    {
        this.folder.Write("text.txt", "no picture");
        Tool tool = Tool.Run(command, this.folder.PathOf(file), "--out", this.folder.PathOf("out"));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains(named, Assert.Single(tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Equal(["in.png", "text.txt"], this.folder.Entries);
    }

    [Fact]
    public void Encode_ModelWithoutTransparency_FailsAndNamesWhatItHas()
    {
        Tool tool = Tool.Run("encode", this.Picture, "--model", Tool.OrdinaryModel, "--out", this.Latent);

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains("'transparency_decoder'; it has base", tool.Error, StringComparison.Ordinal);
        Assert.Equal(["in.png"], this.folder.Entries);
    }

    [Fact]
    public void Encode_Interrupted_GivesItsExitCodeAndWritesNothing()
    {
        Tool tool = Tool.Run(["encode", this.Picture, "--out", this.Latent], isTerminal: false, new CancellationToken(canceled: true));

        Assert.Equal(ExitCode.Interrupted, tool.ExitCode);
        Assert.Equal(["in.png"], this.folder.Entries);
    }
}
