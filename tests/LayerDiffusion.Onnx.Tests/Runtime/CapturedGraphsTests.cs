using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Tests.Runtime;

/// <summary>The buffers at fixed addresses that CUDA graphs need, on the processor, where nothing is captured.</summary>
public class CapturedGraphsTests
{
    private static readonly SessionSettings Cpu = new(Device.Cpu, 1, AllowSpinning: false);

    private static readonly GraphFile Unet = new("unet/model.onnx", Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx"), null);

    private static readonly GraphFile Doubling = new(
        "doubling",
        null,
        () => new GraphWriter().Input("x", GraphWriter.Float32, "n").Output("y", GraphWriter.Float32, "n").Node("Add", ["x", "x"], "y").ToArray());

    [Fact]
    public void Run_Captured_GivesWhatBoundBuffersGive()
    {
        using GraphSession ordinary = GraphSession.Load(Unet, Cpu, default);
        using GraphSession captured = GraphSession.Load(Unet with { IsCaptured = true }, Cpu, default);
        foreach (int rows in new[] { 1, 2, 1 })
        {
            Assert.Equal(RunUnet(ordinary, rows), RunUnet(captured, rows));
        }

        Assert.Equal(2, captured.Captures!.Graphs.Count);
        Assert.Null(ordinary.Captures);
    }

    [Fact]
    public void Run_BindingsOneAfterTheOther_KeepAddressesAndNumberOfTheirShapes()
    {
        using GraphSession graph = GraphSession.Load(Unet with { IsCaptured = true }, Cpu, default);
        RunUnet(graph, 1);
        (int number, nint[] addresses) = Fixed();
        RunUnet(graph, 2);
        RunUnet(graph, 1);
        RunUnet(graph, 1);

        Assert.Equal(number, Fixed().Number);
        Assert.Equal(addresses, Fixed().Addresses);
        Assert.Equal(6, addresses.Length);
        Assert.Equal([1, 2], graph.Captures!.Graphs.Values.Select(captured => captured.Number).Order());
        Assert.Equal(12, graph.Captures.Graphs.Values.SelectMany(captured => captured.Addresses).Distinct().Count());

        (int Number, nint[] Addresses) Fixed()
        {
            CapturedGraph captured = graph.Captures!.Graphs.Single(pair => pair.Key.StartsWith("sample:1,4,8,8 ", StringComparison.Ordinal)).Value;
            return (captured.Number, [.. captured.Addresses]);
        }
    }

    [Fact]
    public void Run_BindingsOfEqualShapesTakingTurns_KeepTheirOwnInputs()
    {
        using GraphSession graph = GraphSession.Load(Doubling with { IsCaptured = true }, Cpu, default);
        using GraphBinding one = graph.CreateBinding();
        using GraphBinding two = graph.CreateBinding();
        (GraphTensor Input, GraphTensor Output) first = (one.BindInput("x", 2), one.BindOutput("y", 2));
        (GraphTensor Input, GraphTensor Output) second = (two.BindInput("x", 2), two.BindOutput("y", 2));
        first.Input.Write([1f, 2f]);
        second.Input.Write([3f, 4f]);
        for (int turn = 0; turn < 2; turn++)
        {
            one.Run(default);
            two.Run(default);
            Assert.Equal([2, 4], Read(first.Output));
            Assert.Equal([6, 8], Read(second.Output));
        }

        Assert.Single(graph.Captures!.Graphs);
    }

    [Fact]
    public void Run_MoreShapesThanGraphs_RunsFurtherOnesUncaptured()
    {
        using GraphSession graph = GraphSession.Load(Doubling with { IsCaptured = true }, Cpu, default);
        foreach (int length in Enumerable.Range(1, CapturedGraphs.Most + 3).Append(1))
        {
            using GraphBinding binding = graph.CreateBinding();
            GraphTensor input = binding.BindInput("x", length);
            GraphTensor output = binding.BindOutput("y", length);
            input.Write([.. Enumerable.Range(0, length).Select(i => (float)i)]);
            binding.Run(default);
            Assert.Equal(Enumerable.Range(0, length).Select(i => 2f * i), Read(output));
        }

        Assert.Equal([-1, .. Enumerable.Range(1, CapturedGraphs.Most)], graph.Captures!.Graphs.Values.Select(captured => captured.Number).Order());
    }

    [Fact]
    public void Run_ThatFails_LeavesNoGraphAndNamesTheOption()
    {
        using GraphSession graph = GraphSession.Load(Unet with { IsCaptured = true }, Cpu, default);
        RunUnet(graph, 1);
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => RunUnet(graph, 1, width: 81));
        Assert.Contains("unet/model.onnx", exception.Message, StringComparison.Ordinal);
        Assert.Contains("PipelineOptions.CudaGraphs", exception.Message, StringComparison.Ordinal);
        RunUnet(graph, 2);
        Assert.Equal([1, 3], graph.Captures!.Graphs.Values.Select(captured => captured.Number).Order());
    }

    [Fact]
    public void BindOpenOutput_Captured_SaysThatShapesMustBeKnown()
    {
        using GraphSession graph = GraphSession.Load(Doubling with { IsCaptured = true }, Cpu, default);
        using GraphBinding binding = graph.CreateBinding();
        Assert.Contains("'doubling'", Assert.Throws<InvalidOperationException>(() => binding.BindOpenOutput("y")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_CapturedAndNot_AreTwoEntriesOfTheCache()
    {
        string folder = Directory.CreateTempSubdirectory("captured").FullName;
        try
        {
            SessionSettings settings = Cpu with { OptimizedModelCache = folder };
            foreach (bool isCaptured in new[] { false, true, true })
            {
                using GraphSession graph = GraphSession.Load(Unet with { IsCaptured = isCaptured }, settings, default);
            }

            Assert.Equal(2, Directory.GetDirectories(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static float[] RunUnet(GraphSession graph, int rows, int width = 80)
    {
        using GraphBinding binding = graph.CreateBinding();
        GraphTensor[] inputs =
        [
            binding.BindInput("sample", rows, 4, 8, 8),
            binding.BindInput("timestep", 1),
            binding.BindInput("encoder_hidden_states", rows, 77, width),
            binding.BindInput("text_embeds", rows, 40),
            binding.BindInput("time_ids", rows, 6),
        ];
        GraphTensor output = binding.BindOutput("out_sample", rows, 4, 8, 8);
        List<float> results = [];
        for (int step = 0; step < 2; step++)
        {
            foreach (GraphTensor input in step == 0 ? inputs : inputs[..2])
            {
                input.Write([.. Enumerable.Range(step, input.Length).Select(i => i % 256 / 256f)]);
            }

            binding.Run(default);
            results.AddRange(Read(output));
        }

        Assert.Contains(results, value => value != 0);
        return [.. results];
    }

    private static float[] Read(GraphTensor tensor)
    {
        float[] values = new float[tensor.Length];
        tensor.Read(values);
        return values;
    }
}
