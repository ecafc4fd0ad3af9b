using System.Reflection;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;
using LayerDiffusion.Onnx.Sampling;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>What is demanded of every mode: any size, a clear refusal where a network is missing, cancelling in each stage, one picture a call.</summary>
public sealed class ModeDemandTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    public static TheoryData<string> Names => ModeCase.Names;

    public static TheoryData<string> NamesOfMany => ModeCase.NamesOfMany;

    public static TheoryData<string, ImageFit> Sized
    {
        get
        {
            TheoryData<string, ImageFit> data = [];
            foreach ((string name, ModeCase mode) in ModeCase.All)
            {
                if (mode.Sizing is ModeSizing.LikeThePicture or ModeSizing.Asked)
                {
                    data.Add(name, ImageFit.Fill);
                    data.Add(name, ImageFit.Fit);
                    data.Add(name, ImageFit.Stretch);
                }
            }

            return data;
        }
    }

    private static RgbaImage Odd => Pictures.Disc(70, 45);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_OddPictureWithoutASize_GivesItsSize(string name)
    {
        ModeCase mode = ModeCase.All[name];

        RgbaImage[] results = await mode.Call(mode.PipelineOf(pipelines), Odd, mode.Quick(), true, null, CancellationToken.None);

        (int Width, int Height) expected = mode.Sizing switch
        {
            ModeSizing.Asked => (64, 64),
            ModeSizing.Larger => (70 + ModeCase.Added.Left + ModeCase.Added.Right, 45 + ModeCase.Added.Top + ModeCase.Added.Bottom),
            _ => (70, 45),
        };
        Assert.All(results, result => Assert.Equal(expected, (result.Width, result.Height)));
        Assert.All(results, result => Assert.Equal(AlphaMode.Straight, result.AlphaMode));
    }

    [Theory]
    [MemberData(nameof(Sized))]
    public async Task Call_OddPictureAndAnotherShape_GivesExactlyTheSizeAskedFor(string name, ImageFit fit)
    {
        ModeCase mode = ModeCase.All[name];

        RgbaImage[] results = await mode.Call(mode.PipelineOf(pipelines), Odd, mode.Quick(66, 101) with { ImageFit = fit }, false, null, CancellationToken.None);

        Assert.All(results, result => Assert.Equal((66, 101), (result.Width, result.Height)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_PackageWithoutTheGraph_NamesTheModeAndThoseItHas(string name)
    {
        ModeCase mode = ModeCase.All[name];
        using LayerDiffusionPipeline pipeline = mode.Mode == "base" ? Models.Tiny.TinyModel.LoadPipeline(GoldenCase.OneThread) : TinyPipelines.Load("tiny-plain-sd15");
        Watcher watcher = new();

        foreach (bool isAsync in new[] { false, true })
        {
            ModeNotSupportedException exception = await Assert.ThrowsAsync<ModeNotSupportedException>(
                () => mode.Call(pipeline, Odd, mode.Quick(), isAsync, watcher, CancellationToken.None));

            Assert.Equal(mode.Mode, exception.Mode);
            Assert.Contains($"has no '{mode.Mode}'; it has {string.Join(", ", pipeline.Info.Modes)}", exception.Message, StringComparison.Ordinal);
        }

        Assert.Empty(watcher.Reports);
        Assert.Empty(pipeline.LoadedGraphs);
    }

    [Theory]
    [InlineData("fgble2bg", "layers in steps, sdxl")]
    [InlineData("fgble2bg", "background in steps, sdxl")]
    [InlineData("bgble2fg", "foreground in steps, sdxl")]
    public async Task Call_PackageWithoutTheSecondStep_NamesItBeforeTheFirst(string missing, string name)
    {
        ModeCase mode = ModeCase.All[name];
        using BrokenPackage package = new("tiny-sdxl");
        package.Edit("layerdiffusion.json", $"\"{missing}\"", "\"other\"");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread);
        Watcher watcher = new();

        ModeNotSupportedException exception = await Assert.ThrowsAsync<ModeNotSupportedException>(
            () => mode.Call(pipeline, Odd, mode.Quick(), false, watcher, CancellationToken.None));

        Assert.Equal(missing, exception.Mode);
        Assert.Empty(watcher.Reports);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_CancelledInEachStage_StopsThereAndThePipelineWorksOn(string name)
    {
        ModeCase mode = ModeCase.All[name];
        LayerDiffusionPipeline pipeline = mode.PipelineOf(pipelines);
        RgbaImage picture = Pictures.Disc(64, 64);
        Watcher whole = new();
        RgbaImage[] expected = await mode.Call(pipeline, picture, mode.Quick(), false, whole, CancellationToken.None);
        int stages = whole.Reports.Count(report => report.Step == 0);

        for (int stage = 0; stage < stages; stage++)
        {
            using CancellationTokenSource source = new();
            int begun = 0;
            Watcher watcher = new(report =>
            {
                if (report.Step == 0 && begun++ == stage)
                {
                    source.Cancel();
                }
            });

            OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => mode.Call(pipeline, picture, mode.Quick(), stage % 2 == 0, watcher, source.Token));

            Assert.Equal(source.Token, exception.CancellationToken);
            Assert.Equal(stage + 1, watcher.Reports.Count(report => report.Step == 0));
        }

        RgbaImage[] again = await mode.Call(pipeline, picture, mode.Quick(), false, null, CancellationToken.None);
        Assert.Equal(expected.Select(image => image.ToArray()), again.Select(image => image.ToArray()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_CancelledBefore_DoesNothing(string name)
    {
        ModeCase mode = ModeCase.All[name];
        Watcher watcher = new();
        CancellationToken cancelled = new(canceled: true);

        foreach (bool isAsync in new[] { false, true })
        {
            OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => mode.Call(mode.PipelineOf(pipelines), Odd, mode.Quick(), isAsync, watcher, cancelled));
            Assert.Equal(cancelled, exception.CancellationToken);
        }

        Assert.Empty(watcher.Reports);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Call_SeveralPictures_IsRefused(string name)
    {
        ModeCase mode = ModeCase.All[name];

        ArgumentOutOfRangeException exception = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => mode.Call(mode.PipelineOf(pipelines), Odd, mode.Quick() with { Count = 2 }, false, null, CancellationToken.None));

        Assert.Equal("options", exception.ParamName);
        Assert.Contains("GenerationOptions.Count is 2", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(NamesOfMany))]
    public async Task ManyAsync_ThreeInBatchesOfTwo_EqualTheSingles(string name)
    {
        ModeCase mode = ModeCase.All[name];
        LayerDiffusionPipeline pipeline = mode.PipelineOf(pipelines);

        List<RgbaImage[]> many = await mode.Many!(pipeline, Odd, mode.Quick() with { Count = 3, BatchSize = 2 }).ToListAsync();

        Assert.Equal(3, many.Count);
        for (int i = 0; i < many.Count; i++)
        {
            RgbaImage[] single = await mode.Call(pipeline, Odd, mode.Quick() with { Seed = 7 + i }, false, null, CancellationToken.None);

            // Another batch size lets the kernels sum in another order, which 8 bits hardly show: what the golden cases allow.
            Assert.Equal(single.Length, many[i].Length);
            Assert.All(single.Zip(many[i]), pair => Assert.InRange(LargestDifference(pair.First, pair.Second), 0, 1));
        }

        Assert.True(LargestDifference(many[0][0], many[1][0]) > 1 || LargestDifference(many[0][^1], many[1][^1]) > 1);
    }

    [Theory]
    [InlineData("layers together, sd15")]
    [InlineData("inpaint, sdxl")]
    public async Task ManyAsync_SharedNoise_IsOneBatch(string name)
    {
        ModeCase mode = ModeCase.All[name];

        List<RgbaImage[]> many = await mode.Many!(mode.PipelineOf(pipelines), Odd, mode.Quick() with { Count = 2, BatchSeeding = BatchSeeding.Shared }).ToListAsync();

        Assert.Equal(2, many.Count);
        RgbaImage[] single = await mode.Call(mode.PipelineOf(pipelines), Odd, mode.Quick(), false, null, CancellationToken.None);
        Assert.InRange(LargestDifference(single[0], many[0][0]), 0, 1);
    }

    [Fact]
    public void ManyAsync_SharedNoiseOfSetsInSteps_IsRefused()
    {
        ModeCase mode = ModeCase.All["layers in steps, sdxl"];

        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => mode.Many!(pipelines.Sdxl, Odd, mode.Quick() with { Count = 2, BatchSeeding = BatchSeeding.Shared }));

        Assert.Equal("options", exception.ParamName);
        Assert.Contains("wanted is PerImage", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cases_HoldEveryMethodThatWorks()
    {
        MethodInfo[] methods = [.. typeof(LayerDiffusionPipeline).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.GetParameters().LastOrDefault()?.ParameterType == typeof(CancellationToken))];

        string[] expected = [.. methods.Where(method => !method.Name.EndsWith("Async", StringComparison.Ordinal)).Select(NameOf).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, ModeCase.All.Values.Select(mode => mode.Method).Distinct().Order(StringComparer.Ordinal));

        // Each has an asynchronous twin, and one for several where the cases say so.
        string[] twins = [.. ModeCase.All.Values.SelectMany(mode => new[] { Twin(mode, "Async"), mode.Many is null ? null : Twin(mode, "ManyAsync") }).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(methods.Where(method => method.Name.EndsWith("Async", StringComparison.Ordinal)).Select(NameOf).Order(StringComparer.Ordinal), twins);

        static string NameOf(MethodInfo method) => $"{method.Name}({method.GetParameters()[0].ParameterType.Name})";
        static string Twin(ModeCase mode, string suffix) =>
            mode.Method.Replace("(", suffix + "(", StringComparison.Ordinal).Replace("GenerateTransparentMany", "GenerateMany", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task GenerateManyAsync_OfAPicture_EqualsTheSingles(int batchSize)
    {
        GenerationOptions options = TinyPipelines.Quick with { Width = null, Height = null };

        List<TransparentResult> many = await pipelines.Sdxl.GenerateManyAsync(Odd, "a", options with { Count = 3, BatchSize = batchSize }).ToListAsync();

        Assert.Equal([7, 8, 9], many.Select(result => result.Seed));
        foreach (TransparentResult result in many)
        {
            TransparentResult single = pipelines.Sdxl.GenerateTransparent(Odd, "a", options with { Seed = result.Seed });

            // Another batch size lets the kernels sum in another order; what the golden cases allow for that on argb.
            Close.Assert(TinyPipelines.Floats(single), TinyPipelines.Floats(result), batchSize == 1 ? 0 : Tolerances.FromImages.Argb);
        }
    }

    [Fact]
    public async Task GenerateManyAsync_OfAPictureCancelledInTheSecond_KeepsTheFirst()
    {
        using CancellationTokenSource source = new();
        List<long> seeds = [];
        int begun = 0;
        Watcher watcher = new(report =>
        {
            if (report is { Stage: GenerationStage.EncodingImage, Step: 0 } && ++begun == 2)
            {
                source.Cancel();
            }
        });

        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (TransparentResult result in pipelines.Sdxl.GenerateManyAsync(Odd, "a", TinyPipelines.Quick with { Count = 3 }, watcher, source.Token))
            {
                seeds.Add(result.Seed);
            }
        });

        Assert.Equal([7], seeds);
        Assert.Equal(source.Token, exception.CancellationToken);
    }

    [Fact]
    public void Call_NullArguments_NamesThem()
    {
        LayerDiffusionPipeline pipeline = pipelines.Sdxl;
        LayerPrompts prompts = new() { Global = "a" };
        LayerStack stack = new(64, 64, [new Layer("a", Odd) { Prompt = "a" }]);
        Mask mask = Mask.Rectangle(70, 45, 0, 0, 9, 9);
        (string Parameter, Action Call)[] calls =
        [
            ("image", () => pipeline.GenerateTransparent((RgbaImage)null!, "a")),
            ("prompt", () => pipeline.GenerateTransparent(Odd, null!)),
            ("image", () => pipeline.GenerateManyAsync((RgbaImage)null!, "a")),
            ("prompt", () => pipeline.GenerateManyAsync(Odd, null!)),
            ("image", () => pipeline.GenerateImage((RgbaImage)null!, "a")),
            ("prompt", () => pipeline.GenerateImage(Odd, null!)),
            ("image", () => pipeline.Inpaint(null!, mask, "a")),
            ("mask", () => pipeline.Inpaint(Odd, null!, "a")),
            ("prompt", () => pipeline.Inpaint(Odd, mask, null!)),
            ("image", () => pipeline.Outpaint(null!, 1, 1, 1, 1, "a")),
            ("prompt", () => pipeline.Outpaint(Odd, 1, 1, 1, 1, null!)),
            ("foreground", () => pipeline.BlendForeground(null!, "a")),
            ("prompt", () => pipeline.BlendForeground(Odd, null!)),
            ("background", () => pipeline.BlendBackground(null!, "a")),
            ("prompt", () => pipeline.BlendBackground(Odd, null!)),
            ("background", () => pipeline.ExtractForeground(null!, Odd, "a")),
            ("blended", () => pipeline.ExtractForeground(Odd, null!, "a")),
            ("prompt", () => pipeline.ExtractForeground(Odd, Odd, null!)),
            ("foreground", () => pipeline.ExtractBackground(null!, Odd, "a")),
            ("blended", () => pipeline.ExtractBackground(Odd, null!, "a")),
            ("prompt", () => pipeline.ExtractBackground(Odd, Odd, null!)),
            ("prompts", () => pipeline.GenerateLayers(null!)),
            ("foreground", () => pipeline.GenerateBackground(null!, prompts)),
            ("prompts", () => pipeline.GenerateBackground(Odd, null!)),
            ("background", () => pipeline.GenerateForeground(null!, prompts)),
            ("prompts", () => pipeline.GenerateForeground(Odd, null!)),
            ("stack", () => pipeline.AddLayer(null!, "a")),
            ("prompt", () => pipeline.AddLayer(stack, null!)),
            ("stack", () => pipeline.RedrawLayer(null!, "layer-1")),
            ("id", () => pipeline.RedrawLayer(stack, null!)),
        ];

        Assert.All(calls, call => Assert.Equal(call.Parameter, Assert.Throws<ArgumentNullException>(call.Call).ParamName));
    }

    private static int LargestDifference(RgbaImage first, RgbaImage second)
    {
        Assert.Equal((first.Width, first.Height), (second.Width, second.Height));
        return first.ToArray().Zip(second.ToArray(), (a, b) => Math.Abs(a - b)).Max();
    }
}
