using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.Imaging;
using LayerDiffusion.Onnx.Models.Tiny;
using LayerDiffusion.Onnx.Runtime;
using LayerDiffusion.Onnx.Tests.Packages;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public sealed class IntegerProductsTests : IDisposable
{
    private static readonly string Unet = Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx");
    private static readonly SessionSettings Cpu = new(Device.Cpu, 1, AllowSpinning: false);

    private readonly string folder = Directory.CreateTempSubdirectory("integers").FullName;

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Theory]
    [InlineData(127)]
    [InlineData(64)]
    public void Convert_Unet_PredictsNearlyTheSame(int largestWeight)
    {
        float[] exact = Run(Cpu, new GraphFile("unet", Unet, null));
        byte[] converted = IntegerProducts.Convert(File.ReadAllBytes(Unet), largestWeight);
        float[] actual = Run(Cpu, new GraphFile("unet", null, () => converted));
        double noise = Math.Sqrt(exact.Zip(actual, (x, y) => (x - y) * (x - y)).Sum() / exact.Sum(x => x * x));

        // Rounding normally distributed numbers within ±4 deviations to 255 steps adds 4/127/√12 = 0.9 % noise; a product has that twice, 1.3 %, or 2 % where weights have half the steps.
        // Twice that is allowed, for errors add up through the network.
        Assert.InRange(noise, 1e-6, largestWeight == 127 ? 0.026 : 0.04);
    }

    [Fact]
    public void Convert_Unet_LeavesNoProductWithAConstantMatrix()
    {
        byte[] original = File.ReadAllBytes(Unet);
        byte[] converted = IntegerProducts.Convert(original);
        List<OnnxNode> before = Nodes(original, out HashSet<string> matrices);
        List<OnnxNode> after = Nodes(converted, out HashSet<string> left);
        List<OnnxNode> products = [.. before.Where(node => node.Operator == "MatMul" && matrices.Contains(node.Inputs[1]))];
        List<OnnxNode> integers = [.. after.Where(node => node.Operator == "com.microsoft:DynamicQuantizeMatMul")];
        Assert.Equal(88, products.Count);
        Assert.Equal(products.Count, integers.Count);
        Assert.DoesNotContain(after, node => node.Operator == "MatMul" && left.Contains(node.Inputs[1]));
        Assert.DoesNotContain(products, product => left.Contains(product.Inputs[1]));

        // Those that had a bias after them took it in.
        int biased = integers.Count(node => node.Inputs[4].Length > 0);
        Assert.Equal(40, biased);
    }

    [Fact]
    public void Convert_Unet_ConvertsTheConvolutionsOfSeveralPixelsBetweenFirstAndLast()
    {
        byte[] original = File.ReadAllBytes(Unet);
        List<OnnxNode> before = Nodes(original, out _);
        List<OnnxNode> after = Nodes(IntegerProducts.Convert(original), out HashSet<string> left);
        List<OnnxNode> wanted = [.. before.Where(node => node.Operator == "Conv" && node.Numbers(original, "kernel_shape") is [3, 3] && node.Inputs[0] != "sample" && node.Outputs[0] != "out_sample")];
        Assert.Equal(18, wanted.Count);
        Assert.Equal(wanted.Select(node => node.Outputs[0]), after.Where(node => node.Operator == "Transpose" && node.Outputs[0] is { } name && wanted.Exists(conv => conv.Outputs[0] == name)).Select(node => node.Outputs[0]));
        Assert.Equal(wanted.Count, after.Count(node => node.Operator == "com.microsoft:MatMulIntegerToFloat"));
        Assert.DoesNotContain(wanted, node => left.Contains(node.Inputs[1]));
    }

    [Theory]
    [InlineData(1, 2, 1, 1, 0, 0, 0, 1)]
    [InlineData(2, 1, 2, 2, 0, 0, 0, 0)]
    [InlineData(3, 3, 1, 1, 1, 1, 1, 1)]
    [InlineData(3, 3, 1, 1, 0, 0, 0, 0)]
    [InlineData(3, 3, 2, 2, 1, 1, 1, 1)]
    [InlineData(3, 3, 2, 2, 0, 0, 1, 1)]
    [InlineData(2, 5, 3, 1, 1, 4, 0, 2)]
    public void Convert_ConvolutionOfWholeNumbers_LosesNothing(int height, int width, int rowStride, int columnStride, int top, int left, int bottom, int right)
    {
        // Numbers from -100 to 155 have steps of 1 in 8 bits, and so have weights up to 64 of 64.
        const int Inputs = 16;
        const int Outputs = 17;
        Random random = new(3);
        float[] weights = [.. Enumerable.Range(0, Outputs * Inputs * height * width).Select(_ => (float)random.Next(-64, 65))];
        for (int output = 0; output < Outputs; output++)
        {
            weights[output * Inputs * height * width] = 64;
        }

        float[] bias = [.. Enumerable.Range(0, Outputs).Select(output => output - 8f)];
        float[] x = [.. Enumerable.Range(0, 2 * Inputs * 9 * 10).Select(_ => (float)random.Next(-100, 156))];
        (x[0], x[1]) = (-100, 155);
        byte[] graph = new GraphWriter()
            .Input("x", GraphWriter.Float32, "batch", Inputs, "height", "width")
            .Output("y", GraphWriter.Float32, "batch", Outputs, "rows", "columns")
            .Initializer("weights", GraphWriter.Float32, weights, Outputs, Inputs, height, width)
            .Initializer("bias", GraphWriter.Float32, bias, Outputs)
            .Node("Conv", ["x", "weights", "bias"], "y", ("pads", [top, left, bottom, right]), ("strides", [rowStride, columnStride]))
            .ToArray();
        byte[] converted = IntegerProducts.Convert(graph, largestWeight: 64);

        Assert.DoesNotContain(Nodes(converted, out _), node => node.Operator == "Conv");
        (float[] expected, long[] shape) = Convolve(graph);
        (float[] actual, long[] actualShape) = Convolve(converted);
        Assert.Equal(shape, actualShape);
        Assert.Equal(expected, actual);

        (float[] Values, long[] Shape) Convolve(byte[] model)
        {
            using GraphSession session = GraphSession.Load(new GraphFile("convolution", null, () => model), Cpu, default);
            using GraphBinding binding = session.CreateBinding();
            binding.BindInput("x", 2, Inputs, 9, 10).Write(x);
            binding.BindOpenOutput("y");
            binding.Run(default);
            return binding.ReadOpenOutput("y");
        }
    }

    [Theory]
    [InlineData(16, 16, 16, 3, "dilations", 2, 2)]
    [InlineData(32, 16, 16, 3, "group", 2)]
    [InlineData(15, 15, 16, 3, "pads", 1, 1, 1, 1)]
    [InlineData(16, 16, 15, 3, "pads", 1, 1, 1, 1)]
    [InlineData(16, 16, 16, 1, "strides", 2, 2)]
    public void Convert_ConvolutionThatIsNotPlain_StaysAsItIs(int channels, int inputs, int outputs, int side, string attribute, params int[] values)
    {
        byte[] graph = new GraphWriter()
            .Input("x", GraphWriter.Float32, 1, channels, 8, 8)
            .Output("y", GraphWriter.Float32, 1, outputs, "rows", "columns")
            .Initializer("weights", GraphWriter.Float32, new float[outputs * inputs * side * side], outputs, inputs, side, side)
            .Node("Conv", ["x", "weights"], "y", (attribute, [.. values.Select(value => (long)value)]))
            .ToArray();
        Assert.Equal("Conv", Assert.Single(Nodes(IntegerProducts.Convert(graph), out HashSet<string> tensors)).Operator);
        Assert.Equal(["weights"], tensors);
    }

    [Theory]
    [InlineData(12, "NOTSET", false)]
    [InlineData(13, null, true)]
    [InlineData(13, "SAME_UPPER", false)]
    public void Convert_OldOperatorsOrPaddingByName_StayAsTheyAre(ulong operatorSet, string? padding, bool isConverted)
    {
        byte[] attribute = padding is null ? [] : OnnxEditor.Message(5, [.. OnnxEditor.Text(1, "auto_pad"), .. OnnxEditor.Text(4, padding), .. OnnxEditor.Number(20, 3)]);
        byte[] node = OnnxEditor.Message(1, [.. OnnxEditor.Text(1, "x"), .. OnnxEditor.Text(1, "w"), .. OnnxEditor.Text(2, "y"), .. OnnxEditor.Text(4, "Conv"), .. attribute]);
        byte[] graph = [.. node, .. Tensor("w", 1, MemoryMarshal.AsBytes(new float[16 * 16 * 2].AsSpan()), 16, 16, 2, 1), .. OnnxEditor.Message(12, OnnxEditor.Value("y", 1, 1, 16, 4, 4))];
        byte[] model = [.. OnnxEditor.Message(8, OnnxEditor.Number(2, operatorSet)), .. OnnxEditor.Message(7, graph)];
        Assert.Equal(isConverted, !Nodes(IntegerProducts.Convert(model), out _).Exists(converted => converted.Operator == "Conv"));
    }

    [Fact]
    public void Convert_ToFilesAndInMemory_GiveTheSame()
    {
        byte[] original = File.ReadAllBytes(Unet);
        float[] expected = Run(Cpu, new GraphFile("unet", null, () => IntegerProducts.Convert(original)));
        string first = IntegerProducts.Convert(original, Path.GetDirectoryName(Unet)!, this.folder);
        Assert.Equal(expected, Run(Cpu, new GraphFile("unet", first, null)));
        Assert.True(new FileInfo(first + "_data").Length > 0);

        // What is in integers already stays as it is, and external weights come along.
        string again = Directory.CreateDirectory(Path.Combine(this.folder, "again")).FullName;
        Assert.Equal(expected, Run(Cpu, new GraphFile("unet", IntegerProducts.Convert(File.ReadAllBytes(first), this.folder, again), null)));
    }

    [Fact]
    public void Convert_WeightsInAnotherFile_GivesTheSame()
    {
        // The half-precision network turned to single has its weights outside.
        string half = Fixtures.PathOf("packages", "tiny-sdxl-fp16", "unet", "model.onnx");
        string single = SinglePrecision.Convert(File.ReadAllBytes(half), Path.GetDirectoryName(half)!, this.folder);
        GraphFile inside = new("unet", half, null) { UseIntegers = true };
        using GraphSession graph = GraphSession.Load(inside, Cpu, default);
        Assert.Equal(GraphOrigin.Quantized, graph.Origin);
        float[] expected = Run(Cpu, inside);
        Assert.Equal(expected, Run(Cpu, new GraphFile("unet", single, null) { UseIntegers = true, DataFiles = [single + "_data"] }));
        Assert.Equal(expected, Run(Cpu, new GraphFile("unet", half, null) { UseIntegers = true, DataFiles = [half] }));
        File.Delete(single + "_data");
        File.WriteAllBytes(single + "_data", [1, 2, 3]);
        Assert.Contains("3", Assert.Throws<InvalidDataException>(() => Run(Cpu, new GraphFile("unet", single, null) { UseIntegers = true, DataFiles = [single + "_data"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OptimizedGraphsKept_IntegersHaveTheirOwn()
    {
        SessionSettings settings = Cpu with { OptimizedModelCache = Path.Combine(this.folder, "cache") };
        GraphFile integers = new("unet", Unet, null) { UseIntegers = true };
        float[] exact = Run(settings, new GraphFile("unet", Unet, null));
        float[] expected = Run(settings, integers);
        Assert.Equal(2, Directory.GetDirectories(settings.OptimizedModelCache).Length);
        using GraphSession cached = GraphSession.Load(integers, settings, default);
        Assert.Equal(GraphOrigin.Cache, cached.Origin);
        Assert.Equal(expected, Run(settings, integers));
        Assert.NotEqual(exact, expected);
    }

    [Theory]
    [InlineData("a fox", 5)]
    [InlineData("a glass ghost", 4)]
    public void GenerateTransparent_EightBit_DrawsNearlyTheSamePicture(string prompt, long seed)
    {
        GenerationOptions options = new() { Seed = seed, AlphaAugmentation = Onnx.Autoencoding.AlphaAugmentation.Fast };
        using LayerDiffusionPipeline exact = TinyModel.LoadPipeline(Small.OneThread);
        using LayerDiffusionPipeline integers = TinyModel.LoadPipeline(Small.OneThread with { UnetPrecision = UnetPrecision.EightBit });
        RgbaImage expected = exact.GenerateTransparent(prompt, options).Image;
        RgbaImage actual = integers.GenerateTransparent(prompt, options).Image;
        double error = expected.ToPremultiplied().ToArray().Zip(actual.ToPremultiplied().ToArray(), (x, y) => Math.Pow((x - y) / 255.0, 2)).Average();

        // 50 dB where weights have 8 bits; those of 7, for processors without VNNI, cost 6 dB at most, and other processors round their own way.
        Assert.InRange(10 * Math.Log10(1 / error), 42, 100);
    }

    [Fact]
    public void GenerateTransparent_PackageInIntegers_DrawsWhatTheOptionDraws()
    {
        string package = Path.Combine(this.folder, "package");
        foreach (string file in Directory.EnumerateFiles(Small.Package, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(package, Path.GetRelativePath(Small.Package, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        string unet = Path.Combine(package, "unet", "model.onnx");
        File.WriteAllBytes(unet, IntegerProducts.Convert(File.ReadAllBytes(unet)));
        using LayerDiffusionPipeline ready = LayerDiffusionPipeline.Load(package, Small.OneThread);
        using LayerDiffusionPipeline converting = LayerDiffusionPipeline.Load(Small.Package, Small.OneThread with { UnetPrecision = UnetPrecision.EightBit });
        Assert.Equal(converting.GenerateTransparent("a fox", Small.Options(1)).Image.ToArray(), ready.GenerateTransparent("a fox", Small.Options(1)).Image.ToArray());
    }

    [Fact]
    public void Run_QuantizedConvolution_IsThatOfTheQuantizedNumbers()
    {
        // y = x ∗ w of whole numbers with scale 1, the result halved: nothing is lost but the last half.
        sbyte[] weights = [.. Enumerable.Range(0, 3 * 2 * 9).Select(i => (sbyte)((i % 7) - 3))];
        byte[] graph =
        [
            .. Node("QuantizeLinear", ["x", "one", "zero"], "xq"),
            .. Node("QLinearConv", ["xq", "one", "zero", "w", "one", "zero8", "two", "middle"], "yq"),
            .. Node("DequantizeLinear", ["yq", "two", "middle"], "y"),
            .. Tensor("one", 1, MemoryMarshal.AsBytes<float>([1f])),
            .. Tensor("two", 1, MemoryMarshal.AsBytes<float>([2f])),
            .. Tensor("zero", 2, [0]),
            .. Tensor("middle", 2, [128]),
            .. Tensor("zero8", 3, [0]),
            .. Tensor("w", 3, MemoryMarshal.AsBytes(weights.AsSpan()), 3, 2, 3, 3),
            .. OnnxEditor.Message(11, OnnxEditor.Value("x", 1, 1, 2, 8, 8)),
            .. OnnxEditor.Message(12, OnnxEditor.Value("y", 1, 1, 3, 6, 6)),
            .. OnnxEditor.Text(2, "g"),
        ];
        byte[] model = [.. OnnxEditor.Number(1, 8), .. OnnxEditor.Message(8, OnnxEditor.Number(2, 17)), .. OnnxEditor.Message(7, graph)];
        float[] x = [.. Enumerable.Range(0, 2 * 8 * 8).Select(i => (float)(i * 5 % 11))];
        using GraphSession session = GraphSession.Load(new GraphFile("convolution", null, () => model), Cpu, default);
        using GraphBinding binding = session.CreateBinding();
        binding.BindInput("x", 1, 2, 8, 8).Write(x);
        GraphTensor y = binding.BindOutput("y", 1, 3, 6, 6);
        binding.Run(default);
        float[] actual = new float[y.Length];
        y.Read(actual);
        for (int i = 0; i < actual.Length; i++)
        {
            (int channel, int row, int column) = (i / 36, i / 6 % 6, i % 6);
            int sum = 0;
            for (int tap = 0; tap < 18; tap++)
            {
                sum += weights[(channel * 18) + tap] * (int)x[(tap / 9 * 64) + ((row + (tap / 3 % 3)) * 8) + column + (tap % 3)];
            }

            Assert.InRange(actual[i] - sum, -1, 1);
        }
    }

    [Fact]
    public void Quantize_AnyMatrix_IsOffByHalfAStepAtMost()
    {
        Random random = new(1);
        float[] values = new float[50 * 33];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i % 33 == 7 ? 0 : (random.NextSingle() - 0.5f) * MathF.Pow(10, i % 33 % 5);
        }

        foreach (int limit in (ReadOnlySpan<int>)[127, 64])
        {
            (sbyte[] quantized, float[] scales) = IntegerProducts.Quantize(values, 33, limit);
            Assert.Equal(limit, quantized.Max(value => Math.Abs((int)value)));
            for (int i = 0; i < values.Length; i++)
            {
                // Half a step, and the rounding of a float.
                Assert.InRange(Math.Abs(values[i] - (quantized[i] * scales[i % 33])), 0, scales[i % 33] * 0.5001f);
            }
        }
    }

    [Fact]
    public void Convert_DamagedMatrix_NamesIt()
    {
        byte[] unet = File.ReadAllBytes(Unet);
        byte[] product = [.. OnnxEditor.Text(1, "sample"), .. OnnxEditor.Text(1, "short"), .. OnnxEditor.Text(2, "unused"), .. OnnxEditor.Text(4, "MatMul")];
        byte[] broken = new OnnxEditor(unet).AddInitializer("short", [1f, 2f, 3f], 8, 5).AddNode(product).ToArray();
        Assert.Contains("'short' of 8 x 5 with 12 bytes", Assert.Throws<InvalidDataException>(() => IntegerProducts.Convert(broken)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => IntegerProducts.Convert(unet[..(unet.Length / 2)]));
    }

    [Fact]
    public void Convert_Cancelled_Throws()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => IntegerProducts.Convert(File.ReadAllBytes(Unet), cancellationToken: source.Token));
        Assert.Throws<OperationCanceledException>(() => SinglePrecision.Convert(File.ReadAllBytes(Fixtures.PathOf("packages", "tiny-sdxl-fp16", "unet", "model.onnx")), source.Token));
    }

    [Fact]
    public void Load_UnknownPrecision_NamesTheChoices() =>
        Assert.Contains("AsExported, EightBit", Assert.Throws<ArgumentOutOfRangeException>(() => LayerDiffusionPipeline.Load(Small.Package, new PipelineOptions { UnetPrecision = (UnetPrecision)7 })).Message, StringComparison.Ordinal);

    private static byte[] Node(string operation, string[] inputs, string output) =>
        OnnxEditor.Message(1, [.. inputs.SelectMany(input => OnnxEditor.Text(1, input)), .. OnnxEditor.Text(2, output), .. OnnxEditor.Text(4, operation)]);

    private static byte[] Tensor(string name, ulong type, ReadOnlySpan<byte> values, params ulong[] shape) =>
        OnnxEditor.Message(5, [.. shape.SelectMany(extent => OnnxEditor.Number(1, extent)), .. OnnxEditor.Number(2, type), .. OnnxEditor.Text(8, name), .. OnnxEditor.Message(9, values.ToArray())]);

    private static List<OnnxNode> Nodes(byte[] model, out HashSet<string> initializers)
    {
        initializers = new HashSet<string>(StringComparer.Ordinal);
        Assert.True(OnnxFields.TryFind(model, .., 7, out Range graph));
        List<OnnxNode> nodes = [];
        OnnxFields fields = new(model, graph);
        while (fields.Next())
        {
            if (fields.Number == 1)
            {
                nodes.Add(OnnxNode.Read(model, fields.Whole, fields.Content));
            }
            else if (fields.Number == 5 && OnnxFields.TryFind(model, fields.Content, 8, out Range name))
            {
                initializers.Add(OnnxNode.Text(model, name));
            }
        }

        return nodes;
    }

    private static float[] Run(SessionSettings settings, GraphFile file)
    {
        using GraphSession graph = GraphSession.Load(file, settings, default);
        using GraphBinding binding = graph.CreateBinding();
        GraphTensor sample = binding.BindInput("sample", 1, 4, 8, 8);
        binding.BindInput("timestep", 1).Write([500f]);
        GraphTensor hidden = binding.BindInput("encoder_hidden_states", 1, 77, 80);
        binding.BindInput("text_embeds", 1, 40);
        binding.BindInput("time_ids", 1, 6);
        GraphTensor output = binding.BindOutput("out_sample", 1, 4, 8, 8);
        Random random = new(2);
        sample.Write([.. Enumerable.Range(0, sample.Length).Select(_ => (random.NextSingle() * 4) - 2)]);
        hidden.Write([.. Enumerable.Range(0, hidden.Length).Select(_ => (random.NextSingle() * 2) - 1)]);
        binding.Run(default);
        float[] values = new float[output.Length];
        output.Read(values);
        return values;
    }
}
