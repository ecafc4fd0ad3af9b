using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Layers;
using LayerDiffusion.Onnx.Sampling;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Sets of layers and stacks of them.</summary>
public sealed class ModeLayerTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    private static readonly LayerPrompts Prompts = new() { Foreground = "a", Background = "b", Blended = "c" };

    private static GenerationOptions Quick => TinyPipelines.Quick with { Width = null, Height = null, GuidanceScale = 1 };

    [Theory]
    [InlineData(true, ImageFit.Fill)]
    [InlineData(true, ImageFit.Fit)]
    [InlineData(false, ImageFit.Fill)]
    [InlineData(false, ImageFit.Fit)]
    public void Recomposition_OfEverySet_IsTheForegroundOverTheBackground(bool isSdxl, ImageFit fit)
    {
        LayerDiffusionPipeline pipeline = isSdxl ? pipelines.Sdxl : pipelines.Sd15;
        GenerationOptions options = Quick with { Width = 66, Height = 101, ImageFit = fit };
        RgbaImage picture = Pictures.Disc(70, 45);
        LayersResult[] results =
        [
            pipeline.GenerateLayers(Prompts, options),
            pipeline.GenerateBackground(picture, Prompts, options),
            pipeline.GenerateForeground(Pictures.OpaqueNoise(70, 45, 1), Prompts, options),

            // A background with holes counts as what the networks see of it.
            pipeline.GenerateForeground(picture, Prompts, options),
        ];

        foreach (LayersResult result in results)
        {
            LayerRecomposition recomposition = result.Recomposition;
            byte[] composed = Compositing.SourceOver(recomposition.Background, recomposition.Foreground).ToArray();
            Assert.Equal(result.Blended.ToArray(), recomposition.Composite.ToArray());
            Assert.All(composed.Zip(recomposition.Composite.ToArray()), pair => Assert.InRange(pair.First - pair.Second, -1, 1));
            Assert.Equal(Alpha(result.Foreground), Alpha(recomposition.Foreground));
        }
    }

    [Fact]
    public void GenerateLayers_Steps_TraceEachToItsOwnFile()
    {
        string Named(string name) => Path.Combine(pipelines.Folder, name);
        RgbaImage opaque = Pictures.OpaqueNoise(64, 64, 1);

        pipelines.Sdxl.GenerateLayers(Prompts, TinyPipelines.Quick with { TraceFile = Named("layers.safetensors") });
        pipelines.Sdxl.GenerateForeground(opaque, Prompts, TinyPipelines.Quick with { TraceFile = Named("foreground") });
        pipelines.Sd15.GenerateLayers(Prompts, TinyPipelines.Quick with { TraceFile = Named("joint.safetensors") });

        Assert.Equal(
            ["foreground.bg2ble", "foreground.bgble2fg", "joint.safetensors", "layers.fg2ble.safetensors", "layers.fgble2bg.safetensors", "layers.transparent.safetensors"],
            Directory.GetFiles(pipelines.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void GenerateLayers_Steps_ShareOneSeedAndTellTheirModes()
    {
        LayersResult result = pipelines.Sdxl.GenerateLayers(Prompts, TinyPipelines.Quick with { Seed = null });

        Assert.Equal(["transparent", "fg2ble", "fgble2bg"], result.Parts.Select(part => part.Mode));
        Assert.Equal(["a", "c", "b"], result.Parts.Select(part => part.Prompt));
        Assert.Single(result.Parts.Select(part => part.Seed).Distinct());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void GenerateLayers_PromptThatIsMissing_IsToldBeforeTheFirstStep(bool isSdxl)
    {
        LayerDiffusionPipeline pipeline = isSdxl ? pipelines.Sdxl : pipelines.Sd15;
        RgbaImage picture = Pictures.Disc(64, 64);
        Watcher watcher = new();

        ArgumentException[] exceptions =
        [
            Assert.Throws<ArgumentException>(() => pipeline.GenerateLayers(Prompts with { Background = null }, Quick, watcher)),
            Assert.Throws<ArgumentException>(() => pipeline.GenerateBackground(picture, Prompts with { Background = " " }, Quick, watcher)),
            Assert.Throws<ArgumentException>(() => pipeline.GenerateForeground(picture, Prompts with { Foreground = null }, Quick, watcher)),
        ];

        Assert.Equal(["Background", "Background", "Foreground"], exceptions.Select(exception => exception.ParamName));
        Assert.Empty(watcher.Reports);
    }

    [Fact]
    public void GenerateBackgroundAndForeground_InSteps_AreTheSingleStepsOneAfterTheOther()
    {
        // Without a scheduler the second step takes the one that the method's author advises.
        GenerationOptions options = Quick with { Scheduler = null };
        GenerationOptions second = options with { Scheduler = SchedulerOptions.UniPC };
        RgbaImage foreground = Pictures.Disc(70, 45);
        RgbaImage background = Pictures.OpaqueNoise(70, 45, 1);

        LayersResult first = pipelines.Sdxl.GenerateBackground(foreground, Prompts, options);
        LayersResult other = pipelines.Sdxl.GenerateForeground(background, Prompts, options);
        LayersResult named = pipelines.Sdxl.GenerateForeground(background, Prompts, Quick);

        ImageResult blended = pipelines.Sdxl.BlendForeground(foreground, "c", options);
        Assert.Equal(blended.Image.ToArray(), first.Blended.ToArray());
        Assert.Equal(pipelines.Sdxl.ExtractBackground(foreground, blended.Image, "b", second).Image.ToArray(), first.Background.ToArray());
        blended = pipelines.Sdxl.BlendBackground(background, "c", options);
        Assert.Equal(blended.Image.ToArray(), other.Blended.ToArray());
        Assert.Equal(pipelines.Sdxl.ExtractForeground(background, blended.Image, "a", second).Image.ToArray(), other.Foreground.ToArray());
        Assert.Equal(["DPMSolverMultistepScheduler", "UniPCMultistepScheduler"], other.Parts.Select(part => part.Options.Scheduler!.Type!.ClassName));
        Assert.All(named.Parts, part => Assert.Equal("EulerDiscreteScheduler", part.Options.Scheduler!.Type!.ClassName));
    }

    [Fact]
    public void EndConditioningAt_ItsRange_GoesFromTheBaseUnetToTheModesOwn()
    {
        RgbaImage foreground = Pictures.Disc(64, 64);
        RgbaImage blended = Pictures.OpaqueNoise(64, 64, 1);
        GenerationOptions options = Quick with { Steps = 6, GuidanceScale = 5 };

        byte[] At(double? end) => pipelines.Sdxl.ExtractBackground(foreground, blended, "a", options with { EndConditioningAt = end }).Image.ToArray();

        // At 0 the conditions are never seen; the background ends them halfway unless told otherwise.
        Assert.Equal(pipelines.Sdxl.GenerateImage("a", options with { Width = 64, Height = 64 }).Image.ToArray(), At(0));
        Assert.Equal(At(0.5), At(null));
        Assert.NotEqual(At(0), At(0.5));
        Assert.NotEqual(At(0.5), At(1));

        // Attention sharing ends as well: the frames are then pictures of the base UNet, each from its own noise.
        LayersResult apart = pipelines.Sd15.GenerateLayers(new LayerPrompts { Global = "a" }, options with { Width = 64, Height = 64, EndConditioningAt = 0 });
        LayersResult together = pipelines.Sd15.GenerateLayers(new LayerPrompts { Global = "a" }, options with { Width = 64, Height = 64, EndConditioningAt = 1 });
        Assert.NotEqual(apart.Background.ToArray(), together.Background.ToArray());
        Assert.NotEqual(apart.Background.ToArray(), apart.Blended.ToArray());
    }

    [Fact]
    public void EndConditioningAt_PackageWithoutBase_IsToldBeforeTheFirstStep()
    {
        using BrokenPackage package = new("tiny-sdxl");
        package.Edit("layerdiffusion.json", "\"base\"", "\"other\"");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread);
        RgbaImage foreground = Pictures.Disc(64, 64);
        RgbaImage blended = Pictures.OpaqueNoise(64, 64, 1);
        Watcher watcher = new();

        ModeNotSupportedException exception = Assert.Throws<ModeNotSupportedException>(
            () => pipeline.ExtractBackground(foreground, blended, "a", Quick with { EndConditioningAt = 0.5 }, watcher));

        Assert.Equal("base", exception.Mode);
        Assert.Empty(watcher.Reports);

        // Nobody asked for it: then the conditions stay to the end.
        Assert.Equal(
            pipelines.Sdxl.ExtractBackground(foreground, blended, "a", Quick with { EndConditioningAt = 1 }).Image.ToArray(),
            pipeline.ExtractBackground(foreground, blended, "a", Quick).Image.ToArray());
    }

    [Fact]
    public void GenerateBackground_UnfitForeground_Warns()
    {
        LayersResult together = pipelines.Sd15.GenerateBackground(Pictures.OpaqueNoise(70, 45, 1), Prompts, Quick with { Width = 64, Height = 64 });
        LayersResult steps = pipelines.Sdxl.GenerateForeground(Pictures.Disc(64, 64), Prompts, Quick);

        Assert.Contains("The foreground is 70×45 and the result 64×64: of another shape, so that it was cropped.", together.Warnings);
        Assert.Contains(together.Warnings, warning => warning.StartsWith("The foreground is opaque everywhere", StringComparison.Ordinal));
        Assert.Contains("The background has transparent parts; the networks see mid-grey there.", steps.Warnings);
    }

    [Fact]
    public void AddLayer_EmbeddedModel_DrawsIndependentlyAndSaysSo()
    {
        using LayerDiffusionPipeline pipeline = Models.Tiny.TinyModel.LoadPipeline(GoldenCase.OneThread);
        LayerStack stack = new(128, 128);
        foreach ((string prompt, long seed) in new[] { ("castle", 1L), ("fox", 2L), ("star", 3L) })
        {
            stack = pipeline.AddLayer(stack, prompt, Quick with { Seed = seed, NegativePrompt = null }).Stack;
        }

        Assert.Equal(["castle", "fox", "star"], stack.Layers.Select(layer => layer.Prompt));
        Assert.Equal([1L, 2L, 3L], stack.Layers.Select(layer => layer.Seed!.Value));
        Assert.All(stack.Layers, layer => Assert.Equal("transparent", layer.Mode));
        TransparentResult alone = pipeline.GenerateTransparent("fox", TinyPipelines.Quick with { Width = 128, Height = 128, GuidanceScale = 1, Seed = 2, NegativePrompt = null });
        Assert.Equal(alone.Image.ToArray(), stack.Layers[1].Image.ToArray());
        Assert.Equal(70, pipeline.GenerateTransparent(alone.Image.FitTo(70, 45), "fox", Quick).Image.Width);
        Assert.Equal(70, pipeline.Inpaint(alone.Image.FitTo(70, 45), Mask.Rectangle(70, 45, 0, 0, 30, 30), "fox", Quick).Image.Width);
    }

    [Theory]
    [InlineData(true, "bgble2fg")]
    [InlineData(false, "bg2fg")]
    public void AddLayer_FamiliesThatCan_DrawIntoWhatLiesBelow(bool isSdxl, string mode)
    {
        LayerDiffusionPipeline pipeline = isSdxl ? pipelines.Sdxl : pipelines.Sd15;
        LayerStack stack = pipeline.AddLayer(pipeline.AddLayer(new LayerStack(64, 64), "a", Quick).Stack, "b", Quick).Stack;

        // What is hidden is not there to be drawn into.
        LayerStack hidden = pipeline.AddLayer(stack.Hide("layer-1").Hide("layer-2"), "c", Quick).Stack;

        Assert.Equal(["transparent", mode], stack.Layers.Select(layer => layer.Mode));
        Assert.Equal("transparent", hidden.Layers[2].Mode);
    }

    [Fact]
    public void AddLayer_WhatTheGenerationsTell_ComesWithTheStack()
    {
        LayerStackResult first = pipelines.Sdxl.AddLayer(new LayerStack(64, 64, [new Layer("hole", new RgbaImage(64, 64))]), "a", Quick);
        LayerStackResult again = pipelines.Sdxl.RedrawLayer(first.Stack, first.Layer.Id, Quick with { Seed = 8, NegativePrompt = string.Join(' ', Enumerable.Repeat("bad", 100)), GuidanceScale = 5 });

        Assert.Equal(["bg2ble", "bgble2fg"], first.Parts.Select(part => part.Mode));
        Assert.Equal("a", Assert.Single(first.Parts.OfType<TransparentResult>()).Prompt);
        Assert.Same(first.Stack.Layers[1], first.Layer);
        Assert.Contains("The background has transparent parts; the networks see mid-grey there.", first.Warnings);
        Assert.Equal((first.Layer.Id, 8L), (again.Layer.Id, again.Layer.Seed!.Value));
        Assert.Single(again.Warnings, warning => warning.StartsWith("A prompt is longer than the text encoder takes", StringComparison.Ordinal));
        Assert.All(again.Parts, part => Assert.NotEqual(TimeSpan.Zero, part.Timings.Denoise));
    }

    [Theory]
    [InlineData(40, 30, 128, 96)]
    [InlineData(9, 200, 9, 200)]
    [InlineData(130, 100, 130, 100)]
    public void AddLayer_Canvas_IsDrawnIntoInTheModelsSizeAtLeast(int width, int height, int drawnWidth, int drawnHeight)
    {
        RgbaImage below = Pictures.OpaqueNoise(width, height, 3);

        LayerStackResult added = pipelines.Sd15.AddLayer(new LayerStack(width, height, [new Layer("below", below)]), "a", Quick);

        RgbaImage larger = below.FitTo(drawnWidth, drawnHeight, ImageFit.Stretch);
        RgbaImage expected = pipelines.Sd15.GenerateForeground(larger, new LayerPrompts { Global = "a" }, Quick).Foreground;
        Assert.Equal(expected.FitTo(width, height).ToArray(), added.Layer.Image.ToArray());
        Assert.DoesNotContain(added.Warnings, warning => warning.Contains("another shape", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a fox\r\nin\tthe snow ", "a fox  in the snow")]
    [InlineData(" \n", "layer")]
    [InlineData("", "layer")]
    public void AddLayer_PromptThatIsNoName_GetsOne(string prompt, string name)
    {
        Layer added = pipelines.Sd15.AddLayer(new LayerStack(64, 64), prompt, Quick).Layer;

        Assert.Equal((prompt, name), (added.Prompt, added.Name));
    }

    [Fact]
    public void AddLayer_PromptLongerThanAName_IsCutBetweenLetters()
    {
        string prompt = string.Concat(Enumerable.Repeat("🦊", 200)) + "a";

        Layer even = pipelines.Sd15.AddLayer(new LayerStack(64, 64), prompt, Quick).Layer;
        Layer odd = pipelines.Sd15.AddLayer(new LayerStack(64, 64), "a" + prompt, Quick).Layer;

        Assert.Equal((prompt, prompt[..254]), (even.Prompt, even.Name));
        Assert.Equal("a" + prompt[..254], odd.Name);
    }

    [Fact]
    public void AddLayer_WhatTheStackRefuses_IsToldBeforeTheFirstStep()
    {
        Watcher watcher = new();
        LayerStack stack = new(64, 64, [new Layer("mine", new RgbaImage(64, 64)) { Id = "id", Prompt = "a" }]);

        ArgumentException prompt = Assert.Throws<ArgumentException>(() => pipelines.Sd15.AddLayer(stack, "\ud800", Quick, watcher));
        ArgumentException negative = Assert.Throws<ArgumentException>(() => pipelines.Sd15.RedrawLayer(stack, "id", Quick with { NegativePrompt = "\udc00" }, watcher));

        Assert.Equal(("Prompt", "NegativePrompt"), (prompt.ParamName, negative.ParamName));
        Assert.Empty(watcher.Reports);
    }

    [Fact]
    public void RedrawLayer_LayerMadeSmall_IsDrawnAsLargeAsTheModelCan()
    {
        using LayerDiffusionPipeline pipeline = Models.Tiny.TinyModel.LoadPipeline(GoldenCase.OneThread);
        RgbaImage alone = pipeline.GenerateTransparent("gem stone", Quick with { Width = 128, Height = 128, Seed = 9 }).Image;
        LayerStack stack = new(128, 128, [new Layer("gem", new RgbaImage(52, 52), 70, 70) { Id = "id", Prompt = "gem stone", NegativePrompt = "bad" }]);

        Layer redrawn = pipeline.RedrawLayer(stack, "id", Quick with { Seed = 9 }).Layer;

        Assert.Equal((52, 52, 70, 70), (redrawn.Image.Width, redrawn.Image.Height, redrawn.X, redrawn.Y));
        Assert.Equal(alone.FitTo(52, 52).ToArray(), redrawn.Image.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RedrawLayer_StackSavedAndLoaded_GivesTheSameWithTheSameSeed(bool isSdxl)
    {
        LayerDiffusionPipeline pipeline = isSdxl ? pipelines.Sdxl : pipelines.Sd15;
        LayerStack stack = pipeline.AddLayer(new LayerStack(70, 45), "a", Quick with { GuidanceScale = 5 }).Stack;
        stack = pipeline.AddLayer(stack, "b", Quick with { GuidanceScale = 5, Seed = 8 }).Stack;
        string folder = Path.Combine(pipelines.Folder, $"stack-{isSdxl}");
        stack.Save(folder);

        LayerStack loaded = LayerStack.Load(folder);
        foreach (Layer layer in stack.Layers)
        {
            // The negative prompt is the layer's own.
            LayerStack redrawn = pipeline.RedrawLayer(loaded, layer.Id, Quick with { GuidanceScale = 5, Seed = layer.Seed, NegativePrompt = null }).Stack;

            Assert.Equal(layer.Image.ToArray(), redrawn[layer.Id].Image.ToArray());
            Assert.Equal((layer.Seed, layer.Mode, layer.NegativePrompt), (redrawn[layer.Id].Seed, redrawn[layer.Id].Mode, redrawn[layer.Id].NegativePrompt));
        }
    }

    [Fact]
    public void RedrawLayer_MovedLayer_KeepsItsRectangleAndHowItBlends()
    {
        LayerStack stack = new(100, 80, [new Layer("below", Pictures.OpaqueNoise(100, 80, 1)), new Layer("old", Pictures.ExtremeNoise(64, 64, 2), 20, 10)
        {
            Id = "id",
            Prompt = "b",
            NegativePrompt = "bad",
            Opacity = 0.5,
            BlendMode = BlendMode.Multiply,
            Settings = "{}",
            IsVisible = false,
        }]);

        Layer redrawn = pipelines.Sd15.RedrawLayer(stack, "id", Quick with { Seed = 9 }).Layer;

        Assert.Equal(stack["id"] with { Image = redrawn.Image, Seed = 9, Mode = "bg2fg" }, redrawn);

        // Drawn in the size of the model's own pictures.
        LayersResult expected = pipelines.Sd15.GenerateForeground(
            stack.Flatten("id").Crop(20, 10, 64, 64).FitTo(128, 128), new LayerPrompts { Global = "b" }, Quick with { Seed = 9 });
        Assert.Equal(expected.Foreground.FitTo(64, 64).ToArray(), redrawn.Image.ToArray());
    }

    [Fact]
    public void RedrawLayer_WithoutASeed_DrawsAnother()
    {
        LayerStack stack = pipelines.Sd15.AddLayer(new LayerStack(64, 64), "a", Quick).Stack;

        LayerStack redrawn = pipelines.Sd15.RedrawLayer(stack, "layer-1", Quick with { Seed = null }).Stack;

        Assert.NotEqual(stack.Layers[0].Seed, redrawn.Layers[0].Seed);
        Assert.NotEqual(stack.Layers[0].Image.ToArray(), redrawn.Layers[0].Image.ToArray());
    }

    [Fact]
    public void RedrawLayer_LayerThatCannotBe_IsRefused()
    {
        LayerStack stack = new(64, 64, [new Layer("mine", new RgbaImage(64, 64)) { Id = "id", Prompt = "a" }, new Layer("painted", new RgbaImage(64, 64)) { Id = "painted" }]);
        Watcher watcher = new();

        InvalidOperationException locked = Assert.Throws<InvalidOperationException>(() => pipelines.Sd15.RedrawLayer(stack.Lock("id"), "id", Quick, watcher));
        ArgumentException unknown = Assert.Throws<ArgumentException>(() => pipelines.Sd15.RedrawLayer(stack, "none", Quick, watcher));
        ArgumentException unprompted = Assert.Throws<ArgumentException>(() => pipelines.Sd15.RedrawLayer(stack, "painted", Quick, watcher));
        ArgumentException sized = Assert.Throws<ArgumentException>(() => pipelines.Sd15.RedrawLayer(stack, "id", Quick with { Height = 64 }, watcher));

        Assert.Contains("'mine' is locked", locked.Message, StringComparison.Ordinal);
        Assert.Contains("'none'", unknown.Message, StringComparison.Ordinal);
        Assert.Equal("layerId", unprompted.ParamName);
        Assert.Equal("options", sized.ParamName);
        Assert.Empty(watcher.Reports);
    }

    private static IEnumerable<byte> Alpha(RgbaImage image) => image.ToArray().Where((_, index) => index % 4 == 3);
}
