using System.Text.Json;
using LayerDiffusion.Cli.Requests;
using LayerDiffusion.Onnx;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Cli.Tests;

public sealed class RequestTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => this.folder.Dispose();

    [Fact]
    public void Run_SameAsGenerate_GivesSameBytes()
    {
        string request = this.folder.Write(
            "requests/a.json",
            """
            {
              // Kept in version control.
              "prompt": "star", "seed": 5, "steps": 2, "width": 64, "height": 64, "guidanceScale": 3.5, "negativePrompt": "fox",
              "scheduler": "euler_a", "alphaAugmentation": "fast", "out": "../run.png", "premultiplied": "p.png",
            }
            """);
        Assert.Equal(ExitCode.Done, Tool.Run("run", request).ExitCode);
        string[] options = ["--seed", "5", "--guidance", "3.5", "--negative", "fox", "--scheduler", "Euler a"];
        Assert.Equal(ExitCode.Done, Tool.Generate("star", [.. options, "--out", this.folder.PathOf("generate.png"), "--premultiplied", this.folder.PathOf("p.png")]).ExitCode);

        Assert.Equal(["generate.png", "p.png", "requests", "requests/a.json", "requests/p.png", "run.png"], this.folder.Entries);
        Assert.Equal(this.folder.Read("generate.png"), this.folder.Read("run.png"));
        Assert.Equal(this.folder.Read("p.png"), this.folder.Read("requests/p.png"));
    }

    [Theory]
    [InlineData("--clip-skip", "1", "--negative", "", "--guidance", "7.25")]
    [InlineData("--prompt-syntax", "weighted", "--long-prompts", "chunk", "--scheduler", "dpm++2m-sde-karras")]
    [InlineData("--seed", "-9223372036854775808", "--scheduler", "unipc")]
    public void InfoRequest_OfAPicture_MakesItAgain(params string[] options)
    {
        string picture = this.folder.PathOf("a.png");
        Assert.Equal(ExitCode.Done, Tool.Generate("a (glass) \"star\", ünlü\nsecond line", [.. options, "--out", picture]).ExitCode);
        Tool info = Tool.Run("info", picture, "--request");
        Assert.Equal(ExitCode.Done, info.ExitCode);
        Assert.Empty(info.Error);

        Assert.Equal(ExitCode.Done, Tool.Run("run", this.folder.Write("again/request.json", info.Out)).ExitCode);

        Assert.Equal(this.folder.Read("a.png"), this.folder.Read("again/out.png"));
    }

    [Fact]
    public void InfoRequest_OfAnotherModelsOpaquePicture_MakesItAgainWhereTheModelIs()
    {
        string picture = this.folder.PathOf("a.png");
        Assert.Equal(ExitCode.Done, Tool.Generate("star", "--opaque", "--model", Tool.SmallModel, "--out", picture).ExitCode);
        Tool unknown = Tool.Run("info", picture, "--request");
        Tool known = Tool.Run("info", picture, "--request", "--model", Tool.SmallModel);

        Assert.Contains("--model DIR", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, Tool.Run("run", this.folder.Write("unknown.json", unknown.Out)).ExitCode);
        Assert.Equal(ExitCode.Done, Tool.Run("run", this.folder.Write("known.json", known.Out)).ExitCode);
        Assert.Equal(this.folder.Read("a.png"), this.folder.Read("out.png"));
    }

    [Fact]
    public void InfoRequest_OfSharedSeeding_MakesTheWholeBatchAgain()
    {
        string request = this.folder.Write(
            "a.json", """{ "prompt": "star", "seed": 5, "steps": 2, "width": 64, "height": 64, "count": 2, "batchSeeding": "shared", "alphaAugmentation": "fast", "out": "a.png" }""");
        Assert.Equal(ExitCode.Done, Tool.Run("run", request).ExitCode);

        Assert.Equal(ExitCode.Done, Tool.Run("run", this.folder.Write("b.json", Tool.Run("info", this.folder.PathOf("a-2.png"), "--request").Out)).ExitCode);

        Assert.Equal(this.folder.Read("a-2.png"), this.folder.Read("out-2.png"));
    }

    [Fact]
    public void Read_EveryKey_SetsItsOption()
    {
        GenerationRequest request = Read(
            """
            {
              "mode": "inpaint", "prompt": "p", "image": "i.png", "mask": "k.png", "model": "m", "device": "cuda:1", "memoryPolicy": "sequential", "intraOpThreads": 3, "allowSpinning": true, "optimizeLayout": false, "fuseAttention": false, "unetPrecision": "eightBit", "cudaGraphs": true,
              "negativePrompt": "n", "width": 128, "height": 192, "steps": 7, "guidanceScale": 2.5, "seed": -1, "clipSkip": 1, "count": 3, "batchSize": 2,
              "strength": 0.5, "imageFit": "fit", "resampleInLinearLight": true, "offsetGain": 300, "softMask": true, "keepUnmasked": false, "endConditioningAt": 0.25,
              "guidance": { "rescale": 0.5, "intervalLow": 0.1, "intervalHigh": 9, "perpendicularNegative": 1, "dynamicThresholding": { "percentile": 0.9, "limit": 3 } },
              "scheduler": { "_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": true }, "prompting": { "syntax": "weighted", "longPrompts": "chunk", "commaBacktrack": 5 },
              "batchSeeding": "shared", "alphaAugmentation": "rotations", "previewInterval": 2, "tileSize": 128, "tileOverlap": 32, "noiseGenerator": "torchCuda", "variationSeed": 9, "variationStrength": 0.25, "memoryBudget": 1000, "traceFile": "t.safetensors", "out": "o.png", "premultiplied": "q.png",
              "padded": "d.png", "checkerboard": "c.png", "previews": "v", "metadata": false
            }
            """);

        GenerationOptions expected = new()
        {
            NegativePrompt = "n",
            Width = 128,
            Height = 192,
            Steps = 7,
            GuidanceScale = 2.5,
            Seed = -1,
            ClipSkip = 1,
            Strength = 0.5,
            ImageFit = ImageFit.Fit,
            ResampleInLinearLight = true,
            OffsetGain = 300,
            SoftMask = true,
            KeepUnmasked = false,
            EndConditioningAt = 0.25,
            Count = 3,
            BatchSize = 2,
            Guidance = new GuidanceOptions { Rescale = 0.5, IntervalLow = 0.1, IntervalHigh = 9, PerpendicularNegative = 1, DynamicThresholding = new DynamicThresholding { Percentile = 0.9, Limit = 3 } },
            Scheduler = new SchedulerOptions { Type = SchedulerOptions.Euler.Type, SigmaSpacing = SigmaSpacing.Karras },
            Prompting = new PromptOptions { Syntax = PromptSyntax.Weighted, LongPrompts = LongPrompts.Chunk, CommaBacktrack = 5 },
            BatchSeeding = BatchSeeding.Shared,
            AlphaAugmentation = AlphaAugmentation.Rotations,
            PreviewInterval = 2,
            TileSize = 128,
            TileOverlap = 32,
            NoiseGenerator = NoiseGenerator.TorchCuda,
            VariationSeed = 9,
            VariationStrength = 0.25,
            TraceFile = Located("t.safetensors"),
        };
        Assert.Equal(expected, request.Options);
        Assert.Equal((Located("i.png"), Located("k.png")), (request.Inputs.Paths["image"], request.Inputs.Paths["mask"]));
        Assert.Equal(new PipelineOptions { Device = Device.Cuda(1), MemoryPolicy = MemoryPolicy.Sequential, IntraOpThreads = 3, AllowSpinning = true, OptimizeLayout = false, FuseAttention = false, UnetPrecision = UnetPrecision.EightBit, CudaGraphs = true, MemoryBudget = 1000 }, request.Pipeline);
        Assert.Equal(
            ("inpaint", "p", Located("m"), Located("o.png"), Located("q.png"), Located("d.png"), Located("c.png"), Located("v"), false),
            (request.Mode.Name, request.Prompt, request.Model, request.Out, request.Premultiplied, request.Padded, request.Checkerboard, request.Previews, request.Metadata));
    }

    [Fact]
    public void Read_InputsOfModes_AreSet()
    {
        GenerationRequest set = Read(
            """{ "mode": "generateBackground", "prompt": "p", "foreground": "f.png", "prompts": { "foreground": "f", "background": "b", "blended": "c" }, "recompose": true }""");
        GenerationRequest enlarged = Read("""{ "mode": "outpaint", "prompt": "p", "image": "i.png", "left": 1, "top": 2, "right": 3, "bottom": 4 }""");

        Assert.Equal(new LayerPrompts { Global = "p", Foreground = "f", Background = "b", Blended = "c" }, set.Inputs.Prompts);
        Assert.Equal((Located("f.png"), true), (set.Inputs.Paths["foreground"], set.Inputs.Recompose));
        Assert.Equal((1, 2, 3, 4), (enlarged.Inputs.Left, enlarged.Inputs.Top, enlarged.Inputs.Right, enlarged.Inputs.Bottom));
    }

    [Theory]
    [InlineData(typeof(GenerationOptions))]
    [InlineData(typeof(PipelineOptions))]
    public void Read_EveryOptionOfTheApi_IsAKnownKey(Type options)
    {
        string message = Assert.Throws<UsageException>(() => Read("""{ "unknown": 1 }""")).Message;

        Assert.All(
            options.GetProperties().Where(property => property.Name != nameof(PipelineOptions.LoggerFactory) && property.GetMethod?.IsStatic == false),
            property => Assert.Contains($" {JsonNamingPolicy.CamelCase.ConvertName(property.Name)}", message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_NullsAndNothing_AreDefaults()
    {
        GenerationRequest request = Read("""{ "prompt": "", "seed": null, "scheduler": null, "prompting": null, "guidance": null }""");

        Assert.Equal(new GenerationOptions(), request.Options);
        Assert.Equal(new PipelineOptions(), request.Pipeline);
        Assert.Equal(Located("out.png"), request.Out);
        Assert.Null(request.Model);
    }

    [Theory]
    [InlineData("prompt", """{ }""")]
    [InlineData("prompt", """{ "prompt": 5 }""")]
    [InlineData("prompt", """{ "prompt": "\ud800" }""")]
    [InlineData("prompt", """{ "prompt": "a", "prompt": "b" }""")]
    [InlineData("'colour' is no key of a request; known are mode, prompt, model", """{ "prompt": "a", "colour": "red" }""")]
    [InlineData("'Prompt'", """{ "prompt": "a", "Prompt": "b" }""")]
    [InlineData("'prompting.brackets' is no key of a request; known are prompting.syntax", """{ "prompt": "a", "prompting": { "brackets": true } }""")]
    [InlineData("'guidance.dynamicThresholding.x'", """{ "prompt": "a", "guidance": { "dynamicThresholding": { "x": 1 } } }""")]
    [InlineData("prompting is \"weighted\"", """{ "prompt": "a", "prompting": "weighted" }""")]
    [InlineData("prompting.commaBacktrack is '76'", """{ "prompt": "a", "prompting": { "commaBacktrack": 76 } }""")]
    [InlineData("mode is 'upscale'; wanted one of generateTransparent, generateImage", """{ "prompt": "a", "mode": "upscale" }""")]
    [InlineData("image is missing; outpaint needs it", """{ "prompt": "a", "mode": "outpaint", "left": 8 }""")]
    [InlineData("image means nothing to generateLayers", """{ "prompt": "a", "mode": "generateLayers", "image": "a.png" }""")]
    [InlineData("'prompts.middle' is no key", """{ "prompt": "a", "mode": "generateLayers", "prompts": { "middle": "b" } }""")]
    [InlineData("strength is 0", """{ "prompt": "a", "strength": 0 }""")]
    [InlineData("seed is 1.5", """{ "prompt": "a", "seed": 1.5 }""")]
    [InlineData("seed is 1e30", """{ "prompt": "a", "seed": 1e30 }""")]
    [InlineData("steps is \"2\"", """{ "prompt": "a", "steps": "2" }""")]
    [InlineData("steps is 0", """{ "prompt": "a", "steps": 0 }""")]
    [InlineData("intraOpThreads", """{ "prompt": "a", "intraOpThreads": -1 }""")]
    [InlineData("rescale is 2", """{ "prompt": "a", "guidance": { "rescale": 2 } }""")]
    [InlineData("guidanceScale is 1e999", """{ "prompt": "a", "guidanceScale": 1e999 }""")]
    [InlineData("allowSpinning is 1", """{ "prompt": "a", "allowSpinning": 1 }""")]
    [InlineData("memoryPolicy is '0'", """{ "prompt": "a", "memoryPolicy": "0" }""")]
    [InlineData("scheduler: Unknown scheduler 'x'", """{ "prompt": "a", "scheduler": "x" }""")]
    [InlineData("scheduler: ", """{ "prompt": "a", "scheduler": { "_class_name": "NoScheduler" } }""")]
    [InlineData("scheduler is 5", """{ "prompt": "a", "scheduler": 5 }""")]
    [InlineData("previewInterval", """{ "prompt": "a", "previewInterval": 5 }""")]
    [InlineData("traceFile", """{ "prompt": "a", "trace": "t", "traceFile": "t" }""")]
    [InlineData("out is", """{ "prompt": "a", "out": "\u0000" }""")]
    [InlineData("The request is [", """[]""")]
    [InlineData("no JSON", """{ "prompt" """)]
    [InlineData("no JSON", "")]
    public void Run_FaultyRequest_GivesTwoAndNamesFileOrKey(string named, string json)
    {
        Tool tool = Tool.Run("run", this.folder.Write("a.json", json));

        Assert.Equal(ExitCode.WrongArguments, tool.ExitCode);
        Assert.Contains(named, tool.Error, StringComparison.Ordinal);
        Assert.Equal(["a.json"], this.folder.Entries);
    }

    [Fact]
    public void Run_MissingFile_FailsWithOneLine()
    {
        Tool tool = Tool.Run("run", this.folder.PathOf("none.json"));

        Assert.Equal(ExitCode.Failed, tool.ExitCode);
        Assert.Contains("none.json", Assert.Single(tool.Error.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static GenerationRequest Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return RequestReader.Read(document.RootElement, Path.GetTempPath(), key => key);
    }

    private static string Located(string name) => Path.Combine(Path.GetTempPath(), name);
}
