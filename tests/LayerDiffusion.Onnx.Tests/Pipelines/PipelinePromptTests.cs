using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Sampling;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>What prompts say, in whole pipelines.</summary>
public sealed class PipelinePromptTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    private static readonly GenerationOptions WebUi = TinyPipelines.Quick with { Prompting = PromptOptions.WebUi };

    private static readonly string LongPrompt = string.Join(' ', Enumerable.Repeat("a", 100));

    [Theory]
    [InlineData("(a:1.0) b")]
    [InlineData("((a:2):0.5) b")]
    [InlineData("a b")]
    public void GenerateTransparent_WeightsOfOne_EqualThePlainPrompt(string prompt) => Assert.Equal(
        pipelines.Sdxl.GenerateTransparent("a b", TinyPipelines.Quick).Image.ToArray(),
        pipelines.Sdxl.GenerateTransparent(prompt, WebUi).Image.ToArray());

    [Fact]
    public void GenerateTransparent_Weights_ChangeThePictureInTheWebUisSyntaxOnly()
    {
        byte[] plain = pipelines.Sdxl.GenerateTransparent("(a:1.5) b", TinyPipelines.Quick).Image.ToArray();
        byte[] weighted = pipelines.Sdxl.GenerateTransparent("(a:1.5) b", WebUi).Image.ToArray();
        byte[] none = pipelines.Sdxl.GenerateTransparent("a b", WebUi).Image.ToArray();

        Assert.NotEqual(none, weighted);
        Assert.NotEqual(none, plain);
        Assert.NotEqual(plain, weighted);
    }

    [Fact]
    public void GenerateTransparent_WeightedPromptAgain_IsIdenticalAlthoughTheCacheAnswers()
    {
        using LayerDiffusionPipeline fresh = TinyPipelines.Load("tiny-sdxl");
        byte[] first = fresh.GenerateTransparent("(a:1.5) b", WebUi).Image.ToArray();

        Assert.Equal(first, fresh.GenerateTransparent("(a:1.5) b", WebUi).Image.ToArray());
        Assert.Equal(pipelines.Sdxl.GenerateTransparent("a b", WebUi).Image.ToArray(), fresh.GenerateTransparent("a b", WebUi).Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_PositiveOfSeveralChunks_PadsTheNegative()
    {
        SafetensorsFile trace = pipelines.Trace(pipelines.Sdxl, LongPrompt, WebUi, out TransparentResult result);

        Assert.Equal([1, 154, 80], trace.Tensors["prompt_embeds"].Shape);
        Assert.Equal([1, 154, 80], trace.Tensors["negative_prompt_embeds"].Shape);
        Assert.Empty(result.Warnings);
        Assert.NotEqual(pipelines.Sdxl.GenerateTransparent(LongPrompt, TinyPipelines.Quick).Image.ToArray(), result.Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_NegativeOfSeveralChunks_PadsThePositive()
    {
        SafetensorsFile trace = pipelines.Trace(pipelines.Sd15, "a", WebUi with { NegativePrompt = "b BREAK c BREAK d" });

        Assert.Equal(231, trace.Tensors["prompt_embeds"].Shape[1]);
        Assert.Equal(231, trace.Tensors["negative_prompt_embeds"].Shape[1]);
    }

    [Fact]
    public void GenerateTransparent_PromptWithoutNegative_TakesZerosOfAllChunks()
    {
        SafetensorsFile trace = pipelines.Trace(pipelines.Sdxl, LongPrompt, WebUi with { NegativePrompt = null });

        Assert.Equal([1, 154, 80], trace.Tensors["negative_prompt_embeds"].Shape);
        Assert.All(trace.ReadSingle("negative_prompt_embeds"), value => Assert.Equal(0, value));
    }

    [Fact]
    public void GenerateTransparent_LongPlainPrompt_IsCutWithAWarning()
    {
        TransparentResult result = pipelines.Sdxl.GenerateTransparent(LongPrompt, TinyPipelines.Quick);
        TransparentResult cut = pipelines.Sdxl.GenerateTransparent(string.Join(' ', Enumerable.Repeat("a", 75)), TinyPipelines.Quick);

        Assert.Equal(cut.Image.ToArray(), result.Image.ToArray());
        Assert.Empty(cut.Warnings);
        string warning = Assert.Single(result.Warnings);
        Assert.Contains("the last 25 tokens", warning, StringComparison.Ordinal);
        Assert.Contains("LongPrompts", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void GenerateTransparent_LongNegativePromptOfSeveralWordings_WarnsOnce()
    {
        GenerationOptions options = TinyPipelines.Quick with { NegativePrompt = LongPrompt, Prompting = PromptOptions.WebUi with { LongPrompts = LongPrompts.Truncate } };

        Assert.Single(pipelines.Sdxl.GenerateTransparent("[a:b:0.5]", options).Warnings);
    }

    [Theory]
    [InlineData("euler", 4, 2)]
    [InlineData("heun", 4, 4)]
    public void GenerateTransparent_PromptEditing_StepsBeforeTheSwitchAreThoseOfTheFirst(string scheduler, int steps, int evaluationsBefore)
    {
        GenerationOptions options = WebUi with { Scheduler = SchedulerOptions.Parse(scheduler), Steps = steps };
        SafetensorsFile edited = pipelines.Trace(pipelines.Sdxl, "[a:b:0.5]", options);
        SafetensorsFile first = pipelines.Trace(pipelines.Sdxl, "a", options);

        for (int evaluation = 0; evaluation < evaluationsBefore; evaluation++)
        {
            string name = $"latent.{evaluation:D2}";
            Assert.Equal(first.ReadSingle(name), edited.ReadSingle(name));
        }

        string after = $"latent.{evaluationsBefore:D2}";
        Assert.NotEqual(first.ReadSingle(after), edited.ReadSingle(after));
    }

    [Fact]
    public void GenerateTransparent_Alternation_ChangesPlacesEachStep()
    {
        GenerationOptions options = WebUi with { Steps = 3 };
        SafetensorsFile alternating = pipelines.Trace(pipelines.Sdxl, "[a|b]", options);

        Assert.Equal(pipelines.Trace(pipelines.Sdxl, "a", options).ReadSingle("latent.00"), alternating.ReadSingle("latent.00"));
        Assert.Equal(pipelines.Trace(pipelines.Sdxl, "[a:b:1]", options).ReadSingle("latent.01"), alternating.ReadSingle("latent.01"));
        Assert.NotEqual(pipelines.Trace(pipelines.Sdxl, "[a:b:1]", options).ReadSingle("latent.02"), alternating.ReadSingle("latent.02"));
    }

    [Fact]
    public void GenerateTransparent_PromptEditingThatChangesTheNumberOfChunks_Runs()
    {
        byte[] edited = pipelines.Sdxl.GenerateTransparent($"[a:{LongPrompt}:0.5]", WebUi).Image.ToArray();

        Assert.NotEqual(pipelines.Sdxl.GenerateTransparent("a", WebUi).Image.ToArray(), edited);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("\u00e9\u4e2d\ud83e\udd8a \ud800")]
    [InlineData("(((")]
    [InlineData("[a:b]")]
    [InlineData("AND")]
    [InlineData("BREAK")]
    [InlineData("[a:b:0] AND [c|d] AND (e:-1)")]
    public void GenerateTransparent_OddPrompts_GiveAPictureInBothSyntaxes(string prompt)
    {
        Assert.Equal(64, pipelines.Sdxl.GenerateTransparent(prompt, TinyPipelines.Quick).Image.Width);
        Assert.Equal(64, pipelines.Sdxl.GenerateTransparent(prompt, WebUi with { NegativePrompt = prompt }).Image.Width);
    }
}
