using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Guidance in whole pipelines: what is evaluated, and what it changes.</summary>
public sealed class PipelineGuidanceTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.5, 1)]
    [InlineData(1, 1)]
    [InlineData(1.001, 2)]
    [InlineData(7, 2)]
    public void GenerateTransparent_Scale_DecidesTheRowsOfTheUnet(double scale, long rows)
    {
        SafetensorsFile trace = pipelines.Trace(pipelines.Sdxl, "a", TinyPipelines.Quick with { GuidanceScale = scale });

        Assert.Equal(rows, trace.Tensors["unet.first.sample"].Shape[0]);
        Assert.Equal(rows, trace.Tensors["unet.first.out"].Shape[0]);
        Assert.Equal(rows == 2, trace.Tensors.ContainsKey("negative_prompt_embeds"));
    }

    [Fact]
    public void GenerateTransparent_ScaleUpToOne_TakesNoNoticeOfTheNegativePrompt()
    {
        GenerationOptions options = TinyPipelines.Quick with { GuidanceScale = 1 };
        byte[] expected = pipelines.Sdxl.GenerateTransparent("a", options with { NegativePrompt = null }).Image.ToArray();

        Assert.Equal(expected, pipelines.Sdxl.GenerateTransparent("a", options).Image.ToArray());
        Assert.Equal(expected, pipelines.Sdxl.GenerateTransparent("a", options with { GuidanceScale = 0, NegativePrompt = "other" }).Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_ScaleJustAboveOne_EqualsNoGuidance()
    {
        // Scale 1 + 1e-6 evaluates both prompts and weighs the negative one −1e-6: beside rounding in another batch size (5e-4, as for the golden cases) nothing is left of it.
        TransparentResult two = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { GuidanceScale = 1 + 1e-6 });
        TransparentResult one = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { GuidanceScale = 1 });

        Close.Assert(TinyPipelines.Floats(one), TinyPipelines.Floats(two), 5e-4);
    }

    [Fact]
    public void GenerateTransparent_NegativePromptAndItsAbsence_AreThreeThings()
    {
        byte[] none = this.Picture(TinyPipelines.Quick with { NegativePrompt = null });
        byte[] empty = this.Picture(TinyPipelines.Quick with { NegativePrompt = string.Empty });
        byte[] bad = this.Picture(TinyPipelines.Quick);

        Assert.NotEqual(none, empty);
        Assert.NotEqual(none, bad);
        Assert.NotEqual(empty, bad);
    }

    [Fact]
    public void GenerateImage_NoNegativePromptForStableDiffusion15_IsTheEmptyOne() => Assert.Equal(
        pipelines.Plain.GenerateImage("a", TinyPipelines.Quick with { NegativePrompt = null }).Image.ToArray(),
        pipelines.Plain.GenerateImage("a", TinyPipelines.Quick with { NegativePrompt = string.Empty }).Image.ToArray());

    [Fact]
    public void GenerateTransparent_IntervalThatExcludesEverything_EqualsNoGuidanceAndEvaluatesOnePrompt()
    {
        GenerationOptions options = TinyPipelines.Quick with { Guidance = new GuidanceOptions { IntervalHigh = 1e-6 } };
        SafetensorsFile trace = pipelines.Trace(pipelines.Sdxl, "a", options, out TransparentResult result);

        Assert.Equal(1, trace.Tensors["unet.first.out"].Shape[0]);
        Assert.Equal(this.Picture(TinyPipelines.Quick with { GuidanceScale = 1 }), result.Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_IntervalBelowTheFirstStep_GuidesTheLaterSteps()
    {
        // With leading spacing two steps start at timesteps 501 and 1: from σ 1.6 and 0.04.
        GenerationOptions options = TinyPipelines.Quick with { Guidance = new GuidanceOptions { IntervalHigh = 1 } };
        SafetensorsFile trace = pipelines.Trace(pipelines.Sdxl, "a", options);
        SafetensorsFile unguided = pipelines.Trace(pipelines.Sdxl, "a", TinyPipelines.Quick with { GuidanceScale = 1 });

        Assert.Equal(1, trace.Tensors["unet.first.out"].Shape[0]);
        Assert.Equal(unguided.ReadSingle("latent.00"), trace.ReadSingle("latent.00"));
        Assert.NotEqual(unguided.ReadSingle("latent.01"), trace.ReadSingle("latent.01"));
    }

    [Fact]
    public void GenerateTransparent_EachRefinement_ChangesThePicture()
    {
        GuidanceOptions[] refinements =
        [
            new() { Rescale = 0.7 },
            new() { IntervalLow = 1 },
            new() { PerpendicularNegative = 1 },
            new() { DynamicThresholding = new DynamicThresholding { Limit = 0.1, Percentile = 0.9 } },
        ];
        List<byte[]> pictures = [this.Picture(TinyPipelines.Quick), .. refinements.Select(guidance => this.Picture(TinyPipelines.Quick with { Guidance = guidance }))];

        Assert.Equal(pictures.Count, pictures.Select(Convert.ToHexString).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void GenerateTransparent_PerpendicularNegative_EvaluatesThreePromptsIfThereIsANegativeOne()
    {
        GenerationOptions options = TinyPipelines.Quick with { Guidance = new GuidanceOptions { PerpendicularNegative = 1 } };

        Assert.Equal(3, pipelines.Trace(pipelines.Sdxl, "a", options).Tensors["unet.first.out"].Shape[0]);
        Assert.Equal(2, pipelines.Trace(pipelines.Sdxl, "a", options with { NegativePrompt = null }).Tensors["unet.first.out"].Shape[0]);
        Assert.Equal(
            this.Picture(TinyPipelines.Quick with { NegativePrompt = null }),
            this.Picture(options with { NegativePrompt = null }));
    }

    [Fact]
    public void GenerateTransparent_PerpendicularNegativeOfWeightZero_IsGuidanceFromTheEmptyPrompt()
    {
        GenerationOptions options = TinyPipelines.Quick with { Guidance = new GuidanceOptions { PerpendicularNegative = 0 } };
        TransparentResult actual = pipelines.Sdxl.GenerateTransparent("a", options);
        TransparentResult expected = pipelines.Sdxl.GenerateTransparent("a", TinyPipelines.Quick with { NegativePrompt = null });

        // Three rows in place of two: rounding as between batch sizes.
        Close.Assert(TinyPipelines.Floats(expected), TinyPipelines.Floats(actual), 5e-4);
    }

    [Fact]
    public void GenerateTransparent_Composition_EvaluatesEachPart()
    {
        GenerationOptions options = TinyPipelines.Quick with { Prompting = PromptOptions.WebUi };
        SafetensorsFile trace = pipelines.Trace(pipelines.Sdxl, "a AND b :0.5", options, out TransparentResult both);

        Assert.Equal(3, trace.Tensors["unet.first.out"].Shape[0]);
        Assert.NotEqual(this.Picture(options), both.Image.ToArray());
        Assert.NotEqual(pipelines.Sdxl.GenerateTransparent("b", options).Image.ToArray(), both.Image.ToArray());

        // A part of weight zero has no say, and halves of the same prompt are the prompt; rounding as between batch sizes.
        float[] alone = TinyPipelines.Floats(pipelines.Sdxl.GenerateTransparent("a", options));
        Close.Assert(alone, TinyPipelines.Floats(pipelines.Sdxl.GenerateTransparent("a AND b :0", options)), 5e-4);
        Close.Assert(alone, TinyPipelines.Floats(pipelines.Sdxl.GenerateTransparent("a :0.5 AND a :0.5", options)), 5e-4);
    }

    [Fact]
    public void GenerateTransparent_CompositionWithoutGuidance_IsTheWeightedMean()
    {
        GenerationOptions options = TinyPipelines.Quick with { Prompting = PromptOptions.WebUi, GuidanceScale = 1 };
        SafetensorsFile trace = pipelines.Trace(pipelines.Sdxl, "a AND b", options, out TransparentResult result);

        Assert.Equal(2, trace.Tensors["unet.first.out"].Shape[0]);
        Close.Assert(TinyPipelines.Floats(pipelines.Sdxl.GenerateTransparent("b :3 AND a :3", options)), TinyPipelines.Floats(result), 5e-4);
    }

    private byte[] Picture(GenerationOptions options) => pipelines.Sdxl.GenerateTransparent("a", options).Image.ToArray();
}
