using LayerDiffusion.Onnx.Delivery;
using LayerDiffusion.Onnx.Imaging;

namespace LayerDiffusion.Cli.Tests;

public sealed class GenerateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => this.folder.Dispose();

    [Fact]
    public void Generate_ThreeFiles_HaveTheThreeFormsOfAlpha()
    {
        string[] files = [this.folder.PathOf("straight.png"), this.folder.PathOf("premultiplied.png"), this.folder.PathOf("padded.png")];

        // Enough steps for a picture with parts of every alpha, at the size the model knows.
        Tool tool = Tool.Run("generate", "glass ghost", "--seed", "4", "--steps", "8", "--alpha-augmentation", "fast", "--out", files[0], "--premultiplied", files[1], "--padded", files[2]);

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Equal(files, tool.Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        RgbaImage straight = RgbaImage.LoadPng(files[0]);
        RgbaImage premultiplied = RgbaImage.LoadPng(files[1]);
        RgbaImage padded = RgbaImage.LoadPng(files[2]);
        Assert.Equal((128, 128), (straight.Width, straight.Height));
        Assert.Equal(straight.ToPremultiplied().ToArray(), premultiplied.ToArray());
        byte[] pixels = straight.ToArray();
        byte[] alphas = [.. Enumerable.Range(0, 128 * 128).Select(pixel => pixels[(4 * pixel) + 3])];
        Assert.Contains((byte)0, alphas);
        Assert.Contains(alphas, alpha => alpha is > 64 and < 224);
        Assert.Equal(alphas, Enumerable.Range(0, 128 * 128).Select(pixel => padded.Pixels.Span[(4 * pixel) + 3]));
        Assert.NotEqual(pixels, padded.ToArray());
    }

    [Fact]
    public void Generate_Count_NumbersFilesAndCountsSeedsUp()
    {
        Tool many = Tool.Generate("star", "--seed", "5", "--count", "2", "--out", this.folder.PathOf("a.png"));
        Tool.Generate("star", "--seed", "6", "--out", this.folder.PathOf("b.png"));

        Assert.Equal(ExitCode.Done, many.ExitCode);
        Assert.Equal(["a-1.png", "a-2.png", "b.png"], this.folder.Entries);
        Assert.Equal(this.folder.Read("b.png"), this.folder.Read("a-2.png"));
        Assert.NotEqual(this.folder.Read("b.png"), this.folder.Read("a-1.png"));
    }

    [Fact]
    public void Generate_SameSeed_GivesSameBytes()
    {
        foreach (string name in new[] { "a.png", "b.png" })
        {
            Assert.Equal(ExitCode.Done, Tool.Generate("star", "--seed", "5", "--out", this.folder.PathOf(name)).ExitCode);
        }

        Assert.Equal(this.folder.Read("a.png"), this.folder.Read("b.png"));
    }

    [Fact]
    public void Generate_OpaqueCount_CountsSeedsUp()
    {
        string[] opaque = ["--opaque", "--model", Tool.SmallModel];
        Assert.Equal(ExitCode.Done, Tool.Generate("star", [.. opaque, "--seed", "5", "--count", "2", "--out", this.folder.PathOf("a.png")]).ExitCode);
        Tool.Generate("star", [.. opaque, "--seed", "6", "--out", this.folder.PathOf("b.png")]);

        Assert.Equal(this.folder.Read("b.png"), this.folder.Read("a-2.png"));
        Assert.NotEqual(this.folder.Read("b.png"), this.folder.Read("a-1.png"));
        byte[] pixels = RgbaImage.LoadPng(this.folder.PathOf("b.png")).ToArray();
        Assert.All(Enumerable.Range(0, 64 * 64), pixel => Assert.Equal(255, pixels[(4 * pixel) + 3]));
    }

    [Fact]
    public void Generate_TraceCheckerboardAndPreviews_AreWritten()
    {
        Tool tool = Tool.Run(
            "generate",
            "star",
            "--steps=6",
            "--width=64",
            "--height=64",
            "--alpha-augmentation=fast",
            "--out",
            this.folder.PathOf("star.png"),
            "--trace",
            this.folder.PathOf("trace"),
            "--checkerboard",
            this.folder.PathOf("board.png"),
            "--previews",
            this.folder.PathOf("steps"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Equal(["board.png", "star.png", "steps", "steps/star-step-0005.png", "trace", "trace/star.safetensors"], this.folder.Entries);
        byte[] trace = this.folder.Read("trace/star.safetensors");
        Assert.Contains("\"unet.first.out\"", System.Text.Encoding.UTF8.GetString(trace, 8, (int)BitConverter.ToInt64(trace)), StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_MetadataUnwanted_IsLeftOut()
    {
        string path = this.folder.PathOf("a.png");
        Assert.Equal(ExitCode.Done, Tool.Generate("star", "--out", path, "--no-metadata").ExitCode);

        Assert.Null(GenerationMetadata.Find(PngMetadata.Load(path)));
    }

    [Fact]
    public void Generate_NoTerminal_WritesPlainLines()
    {
        Tool tool = Tool.Generate("star", "--seed", "5", "--out", this.folder.PathOf("a.png"));

        Assert.DoesNotContain('\u001b', tool.Error);
        Assert.Contains("denoising 2/2", tool.Error, StringComparison.Ordinal);
        Assert.Contains("seed 5", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_Terminal_RedrawsOneLine()
    {
        string[] arguments = ["generate", "star", "--steps", "2", "--width", "64", "--height", "64", "--alpha-augmentation", "fast", "--out", this.folder.PathOf("a.png")];
        Tool tool = Tool.Run(arguments, isTerminal: true, CancellationToken.None);

        Assert.Contains("\r\u001b[Kdenoising              [############------------] 1/2", tool.Error, StringComparison.Ordinal);
        Assert.Single(tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void Generate_CutPrompt_Warns()
    {
        Tool tool = Tool.Generate(string.Join(' ', Enumerable.Repeat("star", 100)), "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Contains("warning: A prompt is longer", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_MissingModel_FailsWithOneLine()
    {
        Tool tool = Tool.Generate("star", "--model", this.folder.PathOf("none"), "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains("none", Assert.Single(tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(this.folder.Entries);
    }

    [Fact]
    public void Generate_ModelWithoutMode_FailsAndNamesModes()
    {
        Tool tool = Tool.Generate("star", "--opaque", "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains("'base'; it has transparent", tool.Error, StringComparison.Ordinal);
        Assert.Empty(this.folder.Entries);
    }

    [Fact]
    public void Generate_OneFileCannotBeWritten_WritesNone()
    {
        Directory.CreateDirectory(this.folder.PathOf("b.png"));
        Tool tool = Tool.Generate("star", "--out", this.folder.PathOf("new", "a.png"), "--padded", this.folder.PathOf("b.png"));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains("b.png", tool.Error, StringComparison.Ordinal);
        Assert.Equal(["b.png"], this.folder.Entries);
    }

    [Fact]
    public void Generate_CancelledBefore_WritesNothing()
    {
        string[] arguments = ["generate", "star", "--out", this.folder.PathOf("a.png")];
        Tool tool = Tool.Run(arguments, isTerminal: false, new CancellationToken(canceled: true));

        Assert.Equal(ExitCode.Interrupted, tool.ExitCode);
        Assert.Empty(this.folder.Entries);
    }

    [Fact]
    public void Generate_CancelledWhileDenoising_KeepsOldFileAndWritesNothing()
    {
        this.folder.Write("a.png", "old");
        using CancellationTokenSource cancellation = new();
        using CancellingWriter error = new(cancellation, "denoising");
        string[] arguments = ["generate", "star", "--out", this.folder.PathOf("a.png"), "--trace", this.folder.PathOf("trace"), "--padded", this.folder.PathOf("new", "b.png")];
        Tool tool = Tool.Run(arguments, isTerminal: false, cancellation.Token, error);

        Assert.Equal(ExitCode.Interrupted, tool.ExitCode);
        Assert.Empty(tool.Out);
        Assert.Equal(["a.png"], this.folder.Entries);
        Assert.Equal("old"u8, this.folder.Read("a.png"));
    }

    /// <summary>Cancels when a line with a word is written.</summary>
    private sealed class CancellingWriter(CancellationTokenSource cancellation, string word) : StringWriter(System.Globalization.CultureInfo.InvariantCulture)
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(word, StringComparison.Ordinal) == true)
            {
                cancellation.Cancel();
            }
        }
    }
}
