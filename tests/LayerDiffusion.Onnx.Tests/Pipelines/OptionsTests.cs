using System.Globalization;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>What options may be, and what they are when left open.</summary>
public sealed class OptionsTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    private static readonly Dictionary<string, (GenerationOptions Options, string Property, string Range)> Wrong = new()
    {
        ["width below"] = (new() { Width = 63 }, "Width", "from 64 to 8192"),
        ["width above"] = (new() { Width = 8193 }, "Width", "from 64 to 8192"),
        ["height below"] = (new() { Height = -1 }, "Height", "from 64 to 8192"),
        ["height above"] = (new() { Height = int.MaxValue }, "Height", "from 64 to 8192"),
        ["steps below"] = (new() { Steps = 0 }, "Steps", "from 1 to 1000"),
        ["steps above"] = (new() { Steps = 1001 }, "Steps", "from 1 to 1000"),
        ["guidance below"] = (new() { GuidanceScale = -0.5 }, "GuidanceScale", "from 0 to 100"),
        ["guidance above"] = (new() { GuidanceScale = 100.5 }, "GuidanceScale", "from 0 to 100"),
        ["guidance no number"] = (new() { GuidanceScale = double.NaN }, "GuidanceScale", "from 0 to 100"),
        ["clip skip below"] = (new() { ClipSkip = -1 }, "ClipSkip", "from 0 to 11"),
        ["clip skip above"] = (new() { ClipSkip = 12 }, "ClipSkip", "from 0 to 11"),
        ["count below"] = (new() { Count = 0 }, "Count", "from 1 to 10000"),
        ["count above"] = (new() { Count = 10001 }, "Count", "from 1 to 10000"),
        ["count of one batch"] = (new() { Count = 65, BatchSeeding = BatchSeeding.Shared }, "Count", "from 1 to 64"),
        ["batch below"] = (new() { BatchSize = 0 }, "BatchSize", "from 1 to 64"),
        ["batch above"] = (new() { BatchSize = 65 }, "BatchSize", "from 1 to 64"),
        ["seeding"] = (new() { BatchSeeding = (BatchSeeding)9 }, "BatchSeeding", "PerImage, Shared"),
        ["augmentation"] = (new() { AlphaAugmentation = (AlphaAugmentation)(-1) }, "AlphaAugmentation", "Full, Rotations, Fast"),
        ["tile below"] = (new() { TileSize = 64 }, "TileSize", "0, or a multiple of 64 from 128 on"),
        ["tile off the grid"] = (new() { TileSize = 200 }, "TileSize", "0, or a multiple of 64 from 128 on"),
        ["tile negative"] = (new() { TileSize = -128 }, "TileSize", "0, or a multiple of 64 from 128 on"),
        ["overlap negative"] = (new() { TileSize = 128, TileOverlap = -8 }, "TileOverlap", "a multiple of 8 from 0 to half of TileSize"),
        ["overlap off the grid"] = (new() { TileSize = 128, TileOverlap = 20 }, "TileOverlap", "a multiple of 8 from 0 to half of TileSize"),
        ["overlap above"] = (new() { TileSize = 128, TileOverlap = 72 }, "TileOverlap", "a multiple of 8 from 0 to half of TileSize"),
        ["preview"] = (new() { PreviewInterval = -1 }, "PreviewInterval", "0 or more"),
        ["trace"] = (new() { TraceFile = " " }, "TraceFile", "a path"),
        ["no guidance options"] = (new() { Guidance = null! }, "Guidance", "GuidanceOptions"),
        ["no prompt options"] = (new() { Prompting = null! }, "Prompting", "PromptOptions"),
        ["rescale"] = (new() { Guidance = new() { Rescale = 1.5 } }, "Rescale", "0 to 1"),
        ["interval low"] = (new() { Guidance = new() { IntervalLow = -1 } }, "IntervalLow", "0 or more"),
        ["interval high"] = (new() { Guidance = new() { IntervalLow = 2.5, IntervalHigh = 1.5 } }, "IntervalHigh", "more than IntervalLow, 2.5"),
        ["perpendicular"] = (new() { Guidance = new() { PerpendicularNegative = double.NaN } }, "PerpendicularNegative", "0 or more"),
        ["percentile"] = (new() { Guidance = new() { DynamicThresholding = new() { Percentile = 0 } } }, "Percentile", "above 0 and at most 1"),
        ["limit"] = (new() { Guidance = new() { DynamicThresholding = new() { Limit = 0 } } }, "Limit", "above 0"),
        ["syntax"] = (new() { Prompting = new() { Syntax = (PromptSyntax)7 } }, "Syntax", "Plain, Weighted"),
        ["long prompts"] = (new() { Prompting = new() { LongPrompts = (LongPrompts)7 } }, "LongPrompts", "Truncate, Chunk"),
        ["eta"] = (new() { Scheduler = SchedulerOptions.Ddim with { Eta = 1.5 } }, "Eta", "0 to 1"),
        ["solver order"] = (new() { Scheduler = SchedulerOptions.UniPC with { SolverOrder = 4 } }, "SolverOrder", "1 to 3"),
        ["sigma spacing"] = (new() { Scheduler = SchedulerOptions.Euler with { SigmaSpacing = (SigmaSpacing)99 } }, "SigmaSpacing", "Karras"),
    };

    public static TheoryData<string> WrongOptions => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void GenerateManyAsync_OptionOutOfRange_NamesThePropertyAndTheRange(string name)
    {
        (GenerationOptions options, string property, string range) = Wrong[name];

        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateManyAsync("a", options));

        Assert.Equal(property, exception.ParamName);
        Assert.Contains(property, exception.Message, StringComparison.Ordinal);
        Assert.Contains(range, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GenerateManyAsync_FractionOutOfRangeUnderAnotherCulture_WritesItWithAPoint()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(
                () => pipelines.Sdxl.GenerateManyAsync("a", new GenerationOptions { GuidanceScale = 100.5 }));
            Assert.Contains("GuidanceScale is 100.5", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void CommaBacktrack_OutOfRange_NamesIt() =>
        Assert.Equal("CommaBacktrack", Assert.Throws<ArgumentOutOfRangeException>(() => new PromptOptions { CommaBacktrack = 76 }).ParamName);

    [Fact]
    public async Task Generate_CountOfSeveralOnMethodsThatMakeOne_PointsToTheOther()
    {
        GenerationOptions options = TinyPipelines.Quick with { Count = 2 };
        ArgumentOutOfRangeException[] exceptions =
        [
            Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateTransparent("a", options)),
            Assert.Throws<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateImage("a", options)),
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateTransparentAsync("a", options)),
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => pipelines.Sdxl.GenerateImageAsync("a", options)),
        ];
        Assert.All(exceptions, exception => Assert.Contains("Count is 2", exception.Message, StringComparison.Ordinal));
        Assert.All(exceptions, exception => Assert.Contains("GenerateManyAsync", exception.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("edm-euler")]
    [InlineData("flow-match-euler")]
    public void Generate_DynamicThresholdingWhereItHasNoMeaning_IsRefused(string scheduler)
    {
        GenerationOptions options = TinyPipelines.Quick with { Scheduler = SchedulerOptions.Parse(scheduler), Guidance = new() { DynamicThresholding = new() } };

        ArgumentException exception = Assert.Throws<ArgumentException>(() => pipelines.Sdxl.GenerateTransparent("a", options));

        Assert.Contains("DynamicThresholding", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_NoPrompt_NamesTheArgument()
    {
        Assert.Equal("prompt", Assert.Throws<ArgumentNullException>(() => pipelines.Sdxl.GenerateTransparent(null!)).ParamName);
        Assert.Equal("prompt", Assert.Throws<ArgumentNullException>(() => pipelines.Sdxl.GenerateImage(null!)).ParamName);
        Assert.Equal("prompt", Assert.Throws<ArgumentNullException>(() => pipelines.Sdxl.GenerateManyAsync(null!)).ParamName);
        Assert.Equal("prompt", (await Assert.ThrowsAsync<ArgumentNullException>(() => pipelines.Sdxl.GenerateTransparentAsync(null!))).ParamName);
        Assert.Equal("prompt", (await Assert.ThrowsAsync<ArgumentNullException>(() => pipelines.Sdxl.GenerateImageAsync(null!))).ParamName);
    }

    [Fact]
    public void Load_PipelineOptionOutOfRange_NamesThePropertyAndTheRange()
    {
        (PipelineOptions Options, string Property, string Range)[] wrong =
        [
            (new() { IntraOpThreads = -1 }, "IntraOpThreads", "0 to 1024"),
            (new() { IntraOpThreads = 1025 }, "IntraOpThreads", "0 to 1024"),
            (new() { MemoryPolicy = (MemoryPolicy)5 }, "MemoryPolicy", "KeepAll, Sequential"),
            (new() { Device = Device.Cpu with { Index = -1 } }, "Device", "0 or more"),
        ];
        foreach ((PipelineOptions options, string property, string range) in wrong)
        {
            ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => TinyPipelines.Load("tiny-sdxl", options));
            Assert.Equal(property, exception.ParamName);
            Assert.Contains(range, exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void GenerateTransparent_NothingSaid_TakesTheManifestsDefaults()
    {
        TransparentResult result = pipelines.Sdxl.GenerateTransparent("a");

        Assert.Equal((128, 128), (result.Image.Width, result.Image.Height));
        Assert.Equal((128, 128, 8, 7d), (result.Options.Width, result.Options.Height, result.Options.Steps, result.Options.GuidanceScale));
        Assert.Equal(SchedulerType.DPMSolverMultistep, result.Options.Scheduler!.Type);
        Assert.Equal(SigmaSpacing.Karras, result.Options.Scheduler.SigmaSpacing);
        Assert.Equal(1000, result.Options.Scheduler.NumTrainTimesteps);
        Assert.InRange(result.Seed, 0, uint.MaxValue);
        Assert.Equal(result.Seed, result.Options.Seed);
        Assert.Equal("a", result.Prompt);
        Assert.Equal("transparent", result.Mode);
        Assert.Equal("tiny-sdxl", result.Model);
        Assert.Equal(Device.Cpu, result.Device);
        Assert.Empty(result.Warnings);
    }

    [Fact]
    public void GenerateImage_PackageWithoutManifest_TakesTheSchedulersConfigAndUsualNumbers()
    {
        ImageResult result = pipelines.Plain.GenerateImage("a", new GenerationOptions { Width = 64, Height = 64 });

        Assert.Equal((25, 7d), (result.Options.Steps, result.Options.GuidanceScale));
        Assert.Equal(SchedulerType.PNDM, result.Options.Scheduler!.Type);
    }

    [Fact]
    public void GenerateTransparent_NoSeed_DrawsAnotherEachTime()
    {
        GenerationOptions options = TinyPipelines.Quick with { Seed = null };
        Assert.NotEqual(pipelines.Sdxl.GenerateTransparent("a", options).Seed, pipelines.Sdxl.GenerateTransparent("a", options).Seed);
    }

    [Theory]
    [InlineData("lcm")]
    [InlineData("tcd")]
    public void GenerateTransparent_FewStepSchedulerAndNothingElse_TakesFourStepsWithoutGuidance(string scheduler)
    {
        GenerationOptions options = TinyPipelines.Quick with { Scheduler = SchedulerOptions.Parse(scheduler), Steps = null, GuidanceScale = null };

        GenerationOptions effective = pipelines.Sdxl.GenerateTransparent("a", options).Options;
        GenerationOptions own = pipelines.Sdxl.GenerateTransparent("a", options with { Steps = 2, GuidanceScale = 1.5 }).Options;

        Assert.Equal((4, 1d), (effective.Steps, effective.GuidanceScale));
        Assert.Equal((2, 1.5), (own.Steps, own.GuidanceScale));
    }

    [Fact]
    public void GenerateTransparent_ManifestOfAFewStepModel_ItsNumbersHoldForFewStepSchedulersOnly()
    {
        using Packages.BrokenPackage package = new("tiny-sdxl");
        package.Edit("layerdiffusion.json", "dpm++2m-karras", "lcm");
        package.Edit("layerdiffusion.json", "\"steps\": 8", "\"steps\": 3");
        package.Edit("layerdiffusion.json", "\"guidance\": 7.0", "\"guidance\": 1.5");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread);
        GenerationOptions open = TinyPipelines.Quick with { Steps = null, GuidanceScale = null };

        GenerationOptions own = pipeline.GenerateTransparent("a", open with { Scheduler = null }).Options;
        GenerationOptions few = pipeline.GenerateTransparent("a", open with { Scheduler = SchedulerOptions.Tcd }).Options;
        GenerationOptions many = pipeline.GenerateTransparent("a", open with { Scheduler = SchedulerOptions.Euler }).Options;

        Assert.Equal((SchedulerType.LCM, 3, 1.5), (own.Scheduler!.Type, own.Steps, own.GuidanceScale));
        Assert.Equal((SchedulerType.TCD, 3, 1.5), (few.Scheduler!.Type, few.Steps, few.GuidanceScale));
        Assert.Equal((SchedulerType.EulerDiscrete, 25, 7d), (many.Scheduler!.Type, many.Steps, many.GuidanceScale));
    }

    [Theory]
    [InlineData(100, 72, 128, 128)]
    [InlineData(65, 64, 128, 64)]
    [InlineData(64, 127, 64, 128)]
    public void GenerateTransparent_SizeBetweenMultiples_IsTheMiddleOfTheNextLarger(int width, int height, int largerWidth, int largerHeight)
    {
        TransparentResult result = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Width = width, Height = height });
        TransparentResult larger = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { Width = largerWidth, Height = largerHeight });

        Assert.Equal((width, height), (result.Options.Width, result.Options.Height));
        foreach (RgbaImage image in new[] { result.Image, result.Premultiplied, result.Padded })
        {
            Assert.Equal((width, height), (image.Width, image.Height));
        }

        AssertMiddle(result.Image, larger.Image);
    }

    [Fact]
    public void GenerateImage_SizeBetweenMultiples_IsTheMiddleOfTheNextLarger() => AssertMiddle(
        pipelines.Plain.GenerateImage("a", TinyPipelines.Quick with { Width = 90, Height = 64 }).Image,
        pipelines.Plain.GenerateImage("a", TinyPipelines.Quick with { Width = 128, Height = 64 }).Image);

    private static void AssertMiddle(RgbaImage image, RgbaImage larger)
    {
        int left = (larger.Width - image.Width) / 2;
        int top = (larger.Height - image.Height) / 2;
        for (int y = 0; y < image.Height; y++)
        {
            Assert.True(larger.GetRow(top + y).Slice(left * 4, image.Stride).SequenceEqual(image.GetRow(y)), $"row {y} differs");
        }
    }
}
