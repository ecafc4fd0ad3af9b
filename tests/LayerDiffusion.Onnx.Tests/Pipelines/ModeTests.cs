using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Sampling;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>What a package cannot do is said clearly, and does not keep it from doing the rest.</summary>
public sealed class ModeTests
{
    private const string SchedulerConfig = "scheduler/scheduler_config.json";

    [Fact]
    public async Task GenerateTransparent_OrdinaryModel_NamesModeAndThoseItHas()
    {
        using LayerDiffusionPipeline pipeline = TinyPipelines.Load("tiny-plain-sd15");
        ModeNotSupportedException[] exceptions =
        [
            Assert.Throws<ModeNotSupportedException>(() => pipeline.GenerateTransparent("a", TinyPipelines.Quick)),
            await Assert.ThrowsAsync<ModeNotSupportedException>(() => pipeline.GenerateTransparentAsync("a", TinyPipelines.Quick)),
            await Assert.ThrowsAsync<ModeNotSupportedException>(async () => await pipeline.GenerateManyAsync("a", TinyPipelines.Quick).ToListAsync()),
        ];

        Assert.All(exceptions, exception => Assert.Equal("transparent", exception.Mode));
        Assert.All(exceptions, exception => Assert.Equal("Model 'tiny-plain-sd15' has no 'transparent'; it has base.", exception.Message));
        Assert.Empty(pipeline.LoadedGraphs);
        Assert.Equal(64, pipeline.GenerateImage("a", TinyPipelines.Quick).Image.Width);
    }

    [Fact]
    public void GenerateImage_EmbeddedModel_NamesModeAndThoseItHas()
    {
        using LayerDiffusionPipeline pipeline = Models.Tiny.TinyModel.LoadPipeline(GoldenCase.OneThread);

        ModeNotSupportedException exception = Assert.Throws<ModeNotSupportedException>(() => pipeline.GenerateImage("fox"));

        Assert.Equal("base", exception.Mode);
        Assert.Contains("has no 'base'; it has transparent", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_SchedulerClassThatIsUnknown_MattersOnlyWhereItIsNeeded()
    {
        using BrokenPackage package = new("tiny-plain-sd15");
        package.Write(SchedulerConfig, """{"_class_name":"SASolverScheduler","beta_start":0.00085,"beta_end":0.012,"beta_schedule":"scaled_linear","steps_offset":1,"solver_type":"sa","tau_func":null}"""u8.ToArray());
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread);

        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => pipeline.GenerateImage("a", TinyPipelines.Quick with { Scheduler = null }));
        ImageResult result = pipeline.GenerateImage("a", TinyPipelines.Quick);

        Assert.Equal($"{package.Folder}/{SchedulerConfig}", exception.FileName);
        Assert.Equal("'SASolverScheduler'", exception.Found);
        Assert.Contains("EulerDiscreteScheduler", exception.Expected, StringComparison.Ordinal);
        Assert.Contains("GenerationOptions.Scheduler", exception.Expected, StringComparison.Ordinal);

        // How the model was trained counts all the same, how the unknown solver works does not.
        Assert.Equal((0.012, 1), (result.Options.Scheduler!.BetaEnd!.Value, result.Options.Scheduler.StepsOffset!.Value));
        Assert.Throws<ModelFormatException>(() => pipeline.GenerateImage("a", TinyPipelines.Quick with { Scheduler = new SchedulerOptions { Eta = 0 } }));
    }

    [Fact]
    public void GenerateTransparent_SchedulerClassThatIsUnknownAndAManifestThatNamesAnother_Works()
    {
        using BrokenPackage package = new("tiny-sdxl");
        package.Edit(SchedulerConfig, "EulerDiscreteScheduler", "CosineDPMSolverMultistepScheduler");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread);
        using LayerDiffusionPipeline whole = TinyPipelines.Load("tiny-sdxl");

        Assert.Equal(
            whole.GenerateTransparent("a", TinyPipelines.Quick with { Scheduler = null }).Image.ToArray(),
            pipeline.GenerateTransparent("a", TinyPipelines.Quick with { Scheduler = null }).Image.ToArray());
    }

    [Fact]
    public void GenerateTransparent_SchedulerNameInTheManifestThatIsUnknown_MattersOnlyWhereItIsNeeded()
    {
        using BrokenPackage package = new("tiny-sdxl");
        package.Edit("layerdiffusion.json", "dpm++2m-karras", "dpm++9z");
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread);

        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => pipeline.GenerateTransparent("a"));

        Assert.Equal($"{package.Folder}/layerdiffusion.json", exception.FileName);
        Assert.Equal("'dpm++9z'", exception.Found);
        Assert.Equal(8, pipeline.GenerateTransparent("a", TinyPipelines.Quick with { Steps = null }).Options.Steps);
    }

    [Theory]
    [InlineData("""{"_class_name":"EulerDiscreteScheduler","beta_start":"small"}""", "beta_start")]
    [InlineData("""{"_class_name":"EulerDiscreteScheduler","beta_start":5}""", "BetaStart")]
    [InlineData("""{"_class_name":"Unknown","num_train_timesteps":0}""", "NumTrainTimesteps")]
    public void Load_SchedulerConfigWithWrongValues_NamesFileAndKey(string config, string key)
    {
        using BrokenPackage package = new("tiny-plain-sd15");
        package.Write(SchedulerConfig, System.Text.Encoding.UTF8.GetBytes(config));

        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread));

        Assert.Equal($"{package.Folder}/{SchedulerConfig}", exception.FileName);
        Assert.Contains(key, exception.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.json", "[]", "'vocab.json' starts with a JSON StartArray")]
    [InlineData("merges.txt", "a b c", "'merges.txt', line 1")]
    [InlineData("special_tokens_map.json", """{"pad_token":"nope"}""", "lacks 'nope'")]
    [InlineData("tokenizer_config.json", """{"model_max_length":-3}""", "'tokenizer_config.json': 'model_max_length' is -3")]
    public void Load_TokenizerFileThatIsWrong_NamesFolderAndFile(string file, string content, string found)
    {
        using BrokenPackage package = new("tiny-sd15");
        package.Write($"tokenizer/{file}", System.Text.Encoding.UTF8.GetBytes(content));

        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread));

        Assert.Equal($"{package.Folder}/tokenizer", exception.FileName);
        Assert.Contains(found, exception.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void GenerateImage_GraphWithAnOperatorThatIsUnknown_NamesTheFile()
    {
        using BrokenPackage package = new("tiny-plain-sd15");
        string path = package.PathOf("vae_decoder/model.onnx");
        byte[] graph = File.ReadAllBytes(path);
        int found = graph.AsSpan().IndexOf("\u0004Conv"u8);
        Assert.True(found > 0);
        "Nope"u8.CopyTo(graph.AsSpan(found + 1));
        File.WriteAllBytes(path, graph);
        using LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(package.Folder, GoldenCase.OneThread);

        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => pipeline.GenerateImage("a", TinyPipelines.Quick));

        Assert.EndsWith("vae_decoder/model.onnx", exception.FileName.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Contains("Nope", exception.Found, StringComparison.Ordinal);
    }
}
