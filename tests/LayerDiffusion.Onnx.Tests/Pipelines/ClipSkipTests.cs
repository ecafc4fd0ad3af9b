using LayerDiffusion.Onnx.IO;
using LayerDiffusion.Onnx.Prompting;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Pipelines;

/// <summary>Earlier layers of the text encoders, and the layer norm that Stable Diffusion 1.5 puts after them.</summary>
public sealed class ClipSkipTests(TinyPipelines pipelines) : IClassFixture<TinyPipelines>
{
    [Fact]
    public void Apply_NormOfOnePrompt_GivesTheLastHiddenStateOfAnother()
    {
        (float[] before, float[] after) = Encode(2512, 64, 100, 7, 2513);
        (float[] otherBefore, float[] otherAfter) = Encode(2512, 900, 3, 1200, 55, 200, 2513);

        // States are of size 1 and float32; the line through 77 points of a channel is better than one of them.
        Close.Assert(after, FinalLayerNorm.Apply(before, before, after, 32), 1e-5, what: "the same prompt");
        Close.Assert(otherAfter, FinalLayerNorm.Apply(otherBefore, before, after, 32), 1e-5, what: "another prompt");
    }

    [Fact]
    public void GenerateTransparent_StableDiffusion15_TakesTheLayerBeforeAndNormsIt()
    {
        SafetensorsFile own = pipelines.Trace(pipelines.Sd15, "a fox", TinyPipelines.Quick, out TransparentResult plain);
        SafetensorsFile skipped = pipelines.Trace(pipelines.Sd15, "a fox", TinyPipelines.Quick with { ClipSkip = 1 }, out TransparentResult result);

        Assert.NotEqual(plain.Image.ToArray(), result.Image.ToArray());
        int[] ids = [.. own.Read<long>("input_ids").Select(id => (int)id)];
        float[] expected = FinalLayerNorm.Apply(Output(ids, "hidden_states.2"), Output(ids, "hidden_states.3"), Output(ids, "last_hidden_state"), 32);
        Close.Assert(Output(ids, "last_hidden_state"), own.ReadSingle("prompt_embeds"), 1e-6, what: "no skip");
        Close.Assert(expected, skipped.ReadSingle("prompt_embeds"), 1e-6, what: "one layer skipped");
    }

    [Fact]
    public void GenerateTransparent_StableDiffusionXL_TakesTheLayerBeforeOfBothEncodersAndKeepsThePooledVector()
    {
        SafetensorsFile own = pipelines.Trace(pipelines.Sdxl, "a fox", TinyPipelines.Quick, out TransparentResult plain);
        SafetensorsFile skipped = pipelines.Trace(pipelines.Sdxl, "a fox", TinyPipelines.Quick with { ClipSkip = 1 }, out TransparentResult result);

        Assert.NotEqual(plain.Image.ToArray(), result.Image.ToArray());
        Assert.Equal(own.ReadSingle("pooled_prompt_embeds"), skipped.ReadSingle("pooled_prompt_embeds"));
        int[] ids = [.. own.Read<long>("input_ids").Select(id => (int)id)];
        float[] first = Output(ids, "hidden_states.1", "tiny-sdxl");
        float[] joined = skipped.ReadSingle("prompt_embeds");
        for (int token = 0; token < 77; token++)
        {
            Close.Assert(first.AsSpan(token * 32, 32), joined.AsSpan(token * 80, 32), 1e-6, what: $"token {token}");
        }
    }

    [Theory]
    [InlineData("tiny-sd15", 3, "from 0 to 2")]
    [InlineData("tiny-sdxl", 2, "from 0 to 1")]
    [InlineData("tiny-plain-sd15", 1, "from 0 to 0")]
    public void Generate_MoreThanTheLayers_NamesTheOptionAndTheRange(string package, int skip, string range)
    {
        LayerDiffusionPipeline pipeline = package switch { "tiny-sd15" => pipelines.Sd15, "tiny-sdxl" => pipelines.Sdxl, _ => pipelines.Plain };

        ArgumentOutOfRangeException exception = Assert.Throws<ArgumentOutOfRangeException>(() => pipeline.GenerateImage("a", TinyPipelines.Quick with { ClipSkip = skip }));

        Assert.Equal("ClipSkip", exception.ParamName);
        Assert.Contains($"ClipSkip is {skip}", exception.Message, StringComparison.Ordinal);
        Assert.Contains(range, exception.Message, StringComparison.Ordinal);
        Assert.Equal(64, pipeline.GenerateImage("a", TinyPipelines.Quick with { ClipSkip = skip - 1 }).Image.Width);
    }

    private static (float[] Before, float[] After) Encode(params int[] ids)
    {
        int[] padded = [.. ids, .. Enumerable.Repeat(2513, 77 - ids.Length)];
        return (Output(padded, "hidden_states.3"), Output(padded, "last_hidden_state"));
    }

    private static float[] Output(int[] ids, string output, string package = "tiny-sd15")
    {
        using GraphSession graph = GraphSession.Load(
            new GraphFile("text_encoder", Fixtures.PathOf("packages", package, "text_encoder", "model.onnx"), null), new SessionSettings(Device.Cpu, 1, AllowSpinning: false), default);
        using GraphBinding binding = graph.CreateBinding();
        binding.BindInput("input_ids", 1, 77).Write(ids);
        if (graph.Inputs.ContainsKey("eos_index"))
        {
            binding.BindInput("eos_index", 1).Write([Array.IndexOf(ids, 2513)]);
        }

        binding.BindOpenOutput(output);
        binding.Run(default);
        return binding.ReadOpenOutput(output).Values;
    }
}
