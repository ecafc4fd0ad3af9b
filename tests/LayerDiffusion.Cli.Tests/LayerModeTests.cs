using LayerDiffusion.Cli.Generation;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;

namespace LayerDiffusion.Cli.Tests;

public sealed class LayerModeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => this.folder.Dispose();

    [Fact]
    public void Generate_Init_RedrawsThePicture()
    {
        string init = this.Picture("init.png", 200, 128);
        string[] files = [this.folder.PathOf("weak.png"), this.folder.PathOf("strong.png")];

        Assert.Equal(ExitCode.Done, Tool.Generate("star", "--seed", "5", "--init", init, "--strength", "0.5", "--out", files[0]).ExitCode);
        Assert.Equal(ExitCode.Done, Tool.Generate("star", "--seed", "5", "--init", init, "--strength", "1", "--out", files[1]).ExitCode);

        Assert.NotEqual(File.ReadAllBytes(files[0]), File.ReadAllBytes(files[1]));
        Assert.Contains("strength", Tool.Run("info", files[0]).Out, StringComparison.Ordinal);
        Tool again = Tool.Run("info", files[0], "--request");
        Assert.Equal(ExitCode.Failed, again.ExitCode);
        Assert.Contains("generateTransparent, of more than a picture can tell", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_InitWithoutSize_HasItsSize()
    {
        Tool tool = Tool.Run(
            "generate", "star", "--steps", "2", "--alpha-augmentation", "fast", "--init", this.Picture("init.png", 72, 90, 72, 90), "--count", "2", "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        RgbaImage second = RgbaImage.LoadPng(this.folder.PathOf("a-2.png"));
        Assert.Equal((72, 90), (second.Width, second.Height));
    }

    [Fact]
    public void Generate_Mask_RepaintsWhatIsWhiteAndKeepsTheRest()
    {
        string init = this.Picture("init.png", 200, 255);
        Mask.Rectangle(64, 64, 0, 0, 64, 32).ToImage().SavePng(this.folder.PathOf("mask.png"));

        Tool tool = Tool.Generate("star", "--seed", "5", "--init", init, "--mask", this.folder.PathOf("mask.png"), "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        byte[] before = RgbaImage.LoadPng(init).ToArray();
        byte[] after = RgbaImage.LoadPng(this.folder.PathOf("a.png")).ToArray();
        Assert.Equal(before[(4 * 64 * 32)..], after[(4 * 64 * 32)..]);
        Assert.NotEqual(before[..(4 * 64 * 32)], after[..(4 * 64 * 32)]);
    }

    [Theory]
    [InlineData("--init is missing; inpaint needs it", "generate", "star", "--mask", "a.png")]
    [InlineData("--mask and --opaque", "generate", "star", "--opaque", "--init", "a.png", "--mask", "a.png")]
    [InlineData("--strength is 2", "generate", "star", "--init", "INIT", "--strength", "2")]
    [InlineData("--foreground is missing", "background", "star")]
    [InlineData("--background is missing", "foreground", "star")]
    [InlineData("Neither --foreground and --background", "blend", "star")]
    [InlineData("Both --foreground and --background", "blend", "star", "--foreground", "a.png", "--background", "a.png")]
    [InlineData("'middle' cannot be extracted", "extract", "middle")]
    [InlineData("--prompt is missing", "extract", "foreground", "--background", "a.png", "--blended", "a.png")]
    [InlineData("--blended is missing", "extract", "background", "--prompt", "star", "--foreground", "a.png")]
    [InlineData("--background means nothing to extractBackground", "extract", "background", "--prompt", "star", "--foreground", "a.png", "--blended", "a.png", "--background", "a.png")]
    [InlineData("--padded needs a transparent picture; generateLayers", "layers", "star", "--padded", "p.png")]
    [InlineData("LayerPrompts.Foreground is null", "layers", "--model", "MODEL")]
    public void Run_WrongInputs_GivesTwoAndNamesThem(string named, params string[] arguments)
    {
        string init = this.Picture("init.png", 200, 255);
        Tool tool = Tool.Run([.. arguments.Select(argument => argument == "INIT" ? init : argument == "MODEL" ? Tool.SmallModel : argument), "--out", this.folder.PathOf("a.png")]);

        Assert.Contains(named, tool.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongArguments, tool.ExitCode);
        Assert.Equal(["init.png"], this.folder.Entries);
    }

    [Fact]
    public void Generate_MissingInit_FailsWithOneLine()
    {
        Tool tool = Tool.Generate("star", "--init", this.folder.PathOf("none.png"), "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains("none.png", Assert.Single(tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(this.folder.Entries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layers_BothFamilies_WriteThreeFiles(bool isXl)
    {
        string model = isXl ? Tool.SmallXlModel : Tool.SmallModel;
        Tool tool = Tool.RunFast(
            "layers", "high quality", "--foreground-prompt", "fox", "--background-prompt", "castle", "--blended-prompt", "fox, castle", "--model", model, "--seed", "5", "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Equal(["a-background.png", "a-blended.png", "a-foreground.png"], this.folder.Entries);
        Assert.Contains("fox, high quality", Tool.Run("info", this.folder.PathOf("a-foreground.png")).Out, StringComparison.Ordinal);
        Assert.Contains("castle, high quality", Tool.Run("info", this.folder.PathOf("a-background.png")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, Tool.Run("info", this.folder.PathOf("a-background.png"), "--request").ExitCode);
    }

    [Theory]
    [InlineData(true, "layers", new string[0], new[] { "fg2ble", "fgble2bg", "transparent" })]
    [InlineData(false, "layers", new string[0], new[] { "joint" })]
    [InlineData(true, "background", new[] { "--foreground" }, new[] { "fg2ble", "fgble2bg" })]
    [InlineData(false, "background", new[] { "--foreground" }, new[] { "fg2bg" })]
    [InlineData(true, "foreground", new[] { "--background" }, new[] { "bg2ble", "bgble2fg" })]
    public void Sets_TraceAndPreviews_AreWrittenForEachStep(bool isXl, string command, string[] given, string[] modes)
    {
        string[] inputs = [.. given.SelectMany(option => new[] { option, this.Picture("given.png", 90, 128) })];
        Tool tool = Tool.Run(
            [command, "fox", "--steps", "6", "--width", "64", "--height", "64", "--alpha-augmentation", "fast", "--model", isXl ? Tool.SmallXlModel : Tool.SmallModel,
            "--trace", this.folder.PathOf("t"), "--previews", this.folder.PathOf("p"), "--out", this.folder.PathOf("a.png"), .. inputs]);

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Equal(
            ["a-background.png", "a-blended.png", "a-foreground.png", .. given.Select(_ => "given.png"), "p", .. modes.Select(mode => $"p/a-{mode}-step-0005.png"), "t", .. modes.Select(mode => modes.Length == 1 ? "t/a.safetensors" : $"t/a.{mode}.safetensors")],
            this.folder.Entries);
        Assert.All(this.folder.Entries.Where(Path.HasExtension).Except(["given.png"]), name => Assert.Contains(this.folder.PathOf(name), tool.Out.Split(Environment.NewLine)));
    }

    [Fact]
    public void BlendAndExtract_TraceAndPreviews_AreWritten()
    {
        string given = this.Picture("given.png", 90, 128);
        string[] common = ["--steps", "6", "--width", "64", "--height", "64", "--model", Tool.SmallXlModel, "--trace", this.folder.PathOf("t"), "--previews", this.folder.PathOf("p")];

        Assert.Equal(ExitCode.Done, Tool.Run(["blend", "fox", "--foreground", given, "--out", this.folder.PathOf("b.png"), .. common]).ExitCode);
        Assert.Equal(
            ExitCode.Done,
            Tool.Run(["extract", "background", "--prompt", "fox", "--foreground", given, "--blended", this.folder.PathOf("b.png"), "--out", this.folder.PathOf("e.png"), .. common]).ExitCode);

        Assert.Equal(["b.png", "e.png", "given.png", "p", "p/b-step-0005.png", "p/e-step-0005.png", "t", "t/b.safetensors", "t/e.safetensors"], this.folder.Entries);
    }

    [Fact]
    public void Layers_InterruptedInTheSecondStep_WriteNothing()
    {
        using CancellationTokenSource source = new();
        using InterruptingWriter error = new(source);
        Tool tool = Tool.Run(
            ["layers", "fox", "--steps", "6", "--width", "64", "--height", "64", "--alpha-augmentation", "fast", "--model", Tool.SmallXlModel,
            "--trace", this.folder.PathOf("t"), "--previews", this.folder.PathOf("p"), "--out", this.folder.PathOf("a.png")],
            isTerminal: false,
            source.Token,
            error);

        Assert.Equal(ExitCode.Interrupted, tool.ExitCode);
        Assert.Empty(this.folder.Entries);
    }

    [Fact]
    public void Layers_RecomposeAndCount_ComposeAndAreNumbered()
    {
        Tool tool = Tool.RunFast("layers", "fox", "--model", Tool.SmallModel, "--recompose", "--count", "2", "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Equal(
            ["a-1-background.png", "a-1-blended.png", "a-1-foreground.png", "a-2-background.png", "a-2-blended.png", "a-2-foreground.png"], this.folder.Entries);
        RgbaImage[] layers = [.. new[] { "background", "foreground" }.Select(part => RgbaImage.LoadPng(this.folder.PathOf($"a-2-{part}.png")))];
        byte[] composite = new LayerStack(64, 64, layers.Select(layer => new Layer("layer", layer))).Flatten().ToArray();
        byte[] blended = RgbaImage.LoadPng(this.folder.PathOf("a-2-blended.png")).ToArray();

        // The recomposition's promise: within one step of a byte.
        Assert.All(Enumerable.Range(0, blended.Length), index => Assert.InRange(composite[index] - blended[index], -1, 1));
    }

    [Theory]
    [InlineData("background", "--foreground", false)]
    [InlineData("background", "--foreground", true)]
    [InlineData("foreground", "--background", false)]
    [InlineData("foreground", "--background", true)]
    public void BackgroundAndForeground_BothFamilies_WriteThreeFiles(string command, string option, bool isXl)
    {
        string given = this.Picture("given.png", 90, command == "background" ? (byte)128 : (byte)255);
        Tool tool = Tool.RunFast(command, "fox", option, given, "--model", isXl ? Tool.SmallXlModel : Tool.SmallModel, "--seed", "5", "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Equal(["a-background.png", "a-blended.png", "a-foreground.png", "given.png"], this.folder.Entries);
        Assert.Equal(RgbaImage.LoadPng(given).ToArray(), RgbaImage.LoadPng(this.folder.PathOf($"a-{option[2..]}.png")).ToArray());
    }

    [Theory]
    [InlineData("--foreground")]
    [InlineData("--background")]
    public void BlendThenExtract_GivesPictureAndLayer(string option)
    {
        string given = this.Picture("given.png", 90, 255);
        string blended = this.folder.PathOf("blended.png");
        string[] model = ["--model", Tool.SmallXlModel, "--seed", "5"];
        string other = option == "--foreground" ? "background" : "foreground";

        Assert.Equal(ExitCode.Done, Tool.RunFast(["blend", "fox", option, given, "--out", blended, .. model]).ExitCode);
        Assert.Equal(ExitCode.Done, Tool.RunFast(["extract", other, "--prompt", "fox", option, given, "--blended", blended, "--out", this.folder.PathOf("layer.png"), .. model]).ExitCode);

        Assert.Equal(["blended.png", "given.png", "layer.png"], this.folder.Entries);
    }

    [Fact]
    public void Blend_ModelWithoutMode_FailsAndNamesModes()
    {
        Tool tool = Tool.RunFast("blend", "fox", "--foreground", this.Picture("given.png", 90, 128), "--out", this.folder.PathOf("a.png"));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains("'fg2ble'; it has transparent", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AddLayerAndRedrawLayer_ChangeTheStack()
    {
        this.Request("add", """ "mode": "addLayer", "prompt": "fox", "stack": "s", "width": 64, "height": 64, "seed": 5, "out": "1.png" """);
        this.Request("more", """ "mode": "addLayer", "prompt": "star", "stack": "s", "seed": 6, "out": "2.png" """);
        LayerStack two = LayerStack.Load(this.folder.PathOf("s"));
        this.Request("again", """ "mode": "redrawLayer", "layer": "fox", "stack": "s", "seed": 7, "out": "3.png" """);
        LayerStack redrawn = LayerStack.Load(this.folder.PathOf("s"));

        Assert.Equal(["fox", "star"], two.Layers.Select(layer => layer.Name));
        Assert.Equal([5L, 6L], two.Layers.Select(layer => layer.Seed!.Value));
        Assert.Equal([7L, 6L], redrawn.Layers.Select(layer => layer.Seed!.Value));
        Assert.Equal(redrawn.Flatten().ToArray(), RgbaImage.LoadPng(this.folder.PathOf("3.png")).ToArray());
        Tool unknown = Tool.Run("run", this.folder.Write("unknown.json", """{ "mode": "redrawLayer", "layer": "owl", "stack": "s" }"""));
        Assert.Equal(ExitCode.WrongArguments, unknown.ExitCode);
        Assert.Contains("layer is 'owl'", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Outpaint_EnlargesAndKeepsThePicture()
    {
        string given = this.Picture("given.png", 90, 255);
        this.Request("outpaint", """ "mode": "outpaint", "prompt": "fox", "image": "given.png", "left": 8, "bottom": 16, "out": "a.png" """);

        RgbaImage result = RgbaImage.LoadPng(this.folder.PathOf("a.png"));
        Assert.Equal((72, 80), (result.Width, result.Height));
        Assert.Equal(RgbaImage.LoadPng(given).ToArray(), result.Crop(8, 0, 64, 64).ToArray());
    }

    [Fact]
    public void Modes_AreTheMethodsOfThePipeline()
    {
        string[] methods = [.. typeof(Onnx.LayerDiffusionPipeline).GetMethods().Select(method => method.Name)];

        Assert.All(GenerationMode.All, mode => Assert.Contains(methods, method => string.Equals(method, mode.Name, StringComparison.OrdinalIgnoreCase)));
    }

    private void Request(string name, string fields) => Assert.Equal(
        ExitCode.Done, Tool.Run("run", this.folder.Write($"{name}.json", $$"""{ {{fields}}, "steps": 2, "alphaAugmentation": "fast" }""")).ExitCode);

    [Fact]
    public void Run_AddLayerIntoWhatHasHoles_TellsTheWarningAndTheSeed()
    {
        this.Request("add", $""" "mode": "addLayer", "prompt": "fox", "stack": "s", "width": 64, "height": 64, "seed": 5, "model": {System.Text.Json.JsonSerializer.Serialize(Tool.SmallXlModel)} """);
        Tool tool = Tool.Run(
            "run",
            this.folder.Write("more.json", $$"""{ "mode": "addLayer", "prompt": "star", "stack": "s", "seed": 6, "steps": 2, "trace": "t", "model": {{System.Text.Json.JsonSerializer.Serialize(Tool.SmallXlModel)}} }"""));

        Assert.Equal(ExitCode.Done, tool.ExitCode);
        Assert.Contains("warning: The background has transparent parts", tool.Error, StringComparison.Ordinal);
        Assert.Contains("seed 6", tool.Error, StringComparison.Ordinal);
        Assert.Equal(["t/out.bg2ble.safetensors", "t/out.bgble2fg.safetensors"], this.folder.Entries.Where(entry => entry.StartsWith("t/", StringComparison.Ordinal)));
    }

    /// <summary>A square of one grey and one alpha with a darker half.</summary>
    private string Picture(string name, byte grey, byte alpha, int width = 64, int height = 64)
    {
        RgbaImage image = new(width, height);
        for (int y = 0; y < image.Height; y++)
        {
            Span<byte> row = image.GetRow(y);
            row.Fill(y < 32 ? grey : (byte)(grey / 2));
            for (int x = 0; x < image.Width; x++)
            {
                row[(4 * x) + 3] = alpha;
            }
        }

        string path = this.folder.PathOf(name);
        image.SavePng(path);
        return path;
    }

    /// <summary>Interrupts when the second denoising begins to show.</summary>
    private sealed class InterruptingWriter(CancellationTokenSource source) : StringWriter(System.Globalization.CultureInfo.InvariantCulture)
    {
        private int finished;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            this.finished += value?.StartsWith("denoising 6/6", StringComparison.Ordinal) == true ? 1 : 0;
            if (this.finished > 0 && value?.StartsWith("denoising 2/6", StringComparison.Ordinal) == true)
            {
                source.Cancel();
            }
        }
    }
}
