using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.Autoencoding;
using LayerDiffusion.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Benchmarks.FullSize;

/// <summary>Measures the library on graphs of the size of Stable Diffusion 1.5, each part in a process of its own.</summary>
internal static class FullSizeBenchmark
{
    private static readonly string Root = FindRoot();

    public static int Run(ReadOnlySpan<string> arguments)
    {
        string? part = null;
        int steps = 3;
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            switch (arguments[i])
            {
                case "--part":
                    part = arguments[i + 1];
                    break;
                case "--steps":
                    steps = Math.Max(2, int.Parse(arguments[i + 1], CultureInfo.InvariantCulture));
                    break;
                default:
                    Console.Error.WriteLine($"'{arguments[i]}' is no option of full; there are --steps N and --part NAME.");
                    return 2;
            }
        }

        string folder = FullSizeModel.Create(Root);
        Measurements measurements = new();
        switch (part)
        {
            case null:
                FullSizeReport.Write(steps, Path.Combine(Root, "artifacts", "bench", "full.md"));
                break;
            case "kernels":
                MeasureKernels(measurements);
                MeasureHalfGraph(measurements);
                break;
            case "integers":
                MeasureIntegerKernels(measurements);
                break;
            case "unet.unfused" or "unet.fused" or "unet.stored" or "unet.integers":
                MeasureUnet(measurements, folder, steps, part["unet.".Length..]);
                break;
            case "variants.plain" or "variants.plain.shared" or "variants.cached.writing" or "variants.cached" or "variants.cached.shared":
                MeasureVariants(measurements, folder, part["variants.".Length..]);
                break;
            case "bare":
                MeasureBare(measurements, folder, steps);
                break;
            case "keep-all":
                MeasurePipeline(measurements, folder, new PipelineOptions { Device = Device.Cpu }, steps, measureMore: true);
                break;
            case "sequential":
                MeasurePipeline(measurements, folder, new PipelineOptions { Device = Device.Cpu, MemoryPolicy = MemoryPolicy.Sequential }, 1, measureMore: false);
                break;
            case "cuda":
                MeasureCuda(measurements, folder, steps);
                break;
            case "alpha":
                MeasureAlpha(measurements, folder);
                break;
            case "cache":
                MeasureCache(measurements, folder);
                break;
            default:
                Console.Error.WriteLine($"There is no part '{part}'.");
                return 2;
        }

        return 0;
    }

    private static void MeasurePipeline(Measurements measurements, string folder, PipelineOptions options, int steps, bool measureMore)
    {
        (MeterListener listener, Dictionary<string, List<double>> values) = Measurements.Listen();
        using (listener)
        using (LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(folder, options))
        {
            StageClock clock = new();
            pipeline.GenerateTransparent("a glass fox", new GenerationOptions { Steps = steps, Seed = 1 }, clock);
            clock.Report(measurements);
            measurements["all"] = values["generation.duration"][0];
            measurements["loaded-graphs"] = pipeline.LoadedGraphs.Count;
            foreach ((string name, List<double> list) in values.Where(value => value.Key.StartsWith("graph.load", StringComparison.Ordinal)))
            {
                measurements[name] = list[0];
            }

            if (measureMore)
            {
                List<double> step = values["step.duration"];
                List<double> run = values["graph.run.duration/unet"];
                measurements["step.first"] = step[0];
                measurements["step.best"] = step.Skip(1).Min();
                measurements["step.outside"] = (step.Skip(1).Sum() - run.Skip(1).Sum()) / step.Skip(1).Sum();
                measurements["step.cpu"] = Enumerable.Range(1, steps - 1).Min(i => values["graph.run.duration/unet.cpu"][i] + values["step.duration.cpu"][i]);
                measurements["run.alpha"] = values["graph.run.duration/transparency_decoder"].Skip(1).Min();
                measurements["run.alpha.cpu"] = values["graph.run.duration/transparency_decoder.cpu"].Skip(1).Min();
                pipeline.GenerateTransparent("a glass fox", new GenerationOptions { Steps = 4, Seed = 1, PreviewInterval = 1, AlphaAugmentation = AlphaAugmentation.Fast });
                measurements["run.vae"] = values["graph.run.duration/vae_decoder"][^1];
                measurements["run.vae.cpu"] = values["graph.run.duration/vae_decoder.cpu"][^1];
                measurements["preview.1.cpu"] = Previews(3);
                pipeline.GenerateTransparent("a glass fox", new GenerationOptions { Steps = 6, Seed = 1, GuidanceScale = 1, PreviewInterval = 5, AlphaAugmentation = AlphaAugmentation.Fast });
                measurements["preview.5.cpu"] = Previews(1);

                // The mean of the last generation's previews; its picture was decoded after them.
                double Previews(int count) => values["preview.duration.cpu"].TakeLast(count).Average() + BeforeLast("vae_decoder", count) + BeforeLast("transparency_decoder", count);

                double BeforeLast(string graph, int count) => values[$"graph.run.duration/{graph}.cpu"].SkipLast(1).TakeLast(count).Average();
            }
        }

        measurements["peak"] = Measurements.PeakMebibytes();
    }

    // Step by step and captured as CUDA graphs; with the CUDA build of ONNX Runtime, which --gpu takes.
    private static void MeasureCuda(Measurements measurements, string folder, int steps)
    {
        foreach (bool captured in (ReadOnlySpan<bool>)[false, true])
        {
            string kind = captured ? "captured" : "plain";
            (MeterListener listener, Dictionary<string, List<double>> values) = Measurements.Listen();
            using (listener)
            using (LayerDiffusionPipeline pipeline = LayerDiffusionPipeline.Load(folder, new PipelineOptions { Device = Device.Cuda(), CudaGraphs = captured }))
            {
                GenerationOptions options = new() { Steps = steps, Seed = 1 };
                pipeline.GenerateTransparent("a glass fox", options);
                measurements[$"{kind}.load.unet"] = values["graph.load.duration/unet"][0];
                measurements[$"{kind}.step.first"] = values["step.duration"][0];
                measurements[$"{kind}.all.first"] = values["generation.duration"][0];
                pipeline.GenerateTransparent("a glass fox", options);
                measurements[$"{kind}.step"] = values["step.duration"].TakeLast(steps - 1).Min();
                measurements[$"{kind}.run.unet"] = values["graph.run.duration/unet"].TakeLast(steps - 1).Min();
                measurements[$"{kind}.all"] = values["generation.duration"][1];
            }
        }
    }

    private static void MeasureBare(Measurements measurements, string folder, int steps)
    {
        const int Latent = FullSizeModel.LatentSize;
        const int Size = FullSizeModel.Size;
        BareSession.Measure(
            measurements, "unet", Path.Combine(folder, "unet", "model.onnx"), steps, "out_sample", [2, 4, Latent, Latent],
            ("sample", TensorElementType.Float, [2, 4, Latent, Latent]), ("timestep", TensorElementType.Int64, [1]), ("encoder_hidden_states", TensorElementType.Float, [2, 77, FullSizeModel.ContextWidth]));
        BareSession.Measure(
            measurements, "vae", Path.Combine(folder, "vae_decoder", "model.onnx"), 2, "sample", [1, 3, Size, Size], ("latent_sample", TensorElementType.Float, [1, 4, Latent, Latent]));
        BareSession.Measure(
            measurements, "alpha", Path.Combine(folder, "transparency_decoder", "model.onnx"), 4, "argb", [1, 4, Size, Size],
            ("pixel", TensorElementType.Float, [1, 3, Size, Size]), ("latent", TensorElementType.Float, [1, 4, Latent, Latent]));
        measurements["peak"] = Measurements.PeakMebibytes();
    }

    private static void MeasureAlpha(Measurements measurements, string folder)
    {
        GraphFile file = new("transparency_decoder/model.onnx", Path.Combine(folder, "transparency_decoder", "model.onnx"), null) { FuseAttention = true };
        using GraphSession graph = GraphSession.Load(file, new SessionSettings(Device.Cpu, 0, AllowSpinning: false), default);
        foreach (int batch in (ReadOnlySpan<int>)[1, 8])
        {
            using GraphBinding binding = graph.CreateBinding();
            binding.BindInput("pixel", batch, 3, FullSizeModel.Size, FullSizeModel.Size);
            binding.BindInput("latent", batch, 4, FullSizeModel.LatentSize, FullSizeModel.LatentSize);
            binding.BindOutput("argb", batch, 4, FullSizeModel.Size, FullSizeModel.Size);
            binding.Run(default);
            double cpu = Measurements.CpuMilliseconds();
            for (int pass = 0; pass < 8; pass += batch)
            {
                binding.Run(default);
            }

            measurements[$"eight-by-{batch}"] = Measurements.CpuMilliseconds() - cpu;
            measurements[$"peak-by-{batch}"] = Measurements.PeakMebibytes();
        }
    }

    // A second UNet whose weights are those of the first: what it adds to the process's own memory, pages of mapped files not counted. Freed memory stays with
    // the process, so each kind needs one of its own, and so does writing the cache.
    private static void MeasureVariants(Measurements measurements, string folder, string kind)
    {
        string first = Path.Combine(folder, "unet", "model.onnx");
        string second = Path.Combine(folder, "unet", "variant.onnx");
        string cache = Path.Combine(folder, "..", "variants");
        File.Copy(first, second, overwrite: true);
        SessionSettings settings = new(Device.Cpu, 0, AllowSpinning: false)
        {
            SharedWeights = kind.EndsWith("shared", StringComparison.Ordinal) ? new SharedWeights() : null,
            OptimizedModelCache = kind.StartsWith("cached", StringComparison.Ordinal) ? cache : null,
        };
        double before = Measurements.OwnMebibytes();
        using GraphSession one = GraphSession.Load(Of("first", first), settings, default);
        measurements["first"] = Measurements.OwnMebibytes() - before;
        before = Measurements.OwnMebibytes();
        long begin = Stopwatch.GetTimestamp();
        using GraphSession other = GraphSession.Load(Of("variant", second), settings, default);
        measurements["load"] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        measurements["second"] = Measurements.OwnMebibytes() - before;
        if (kind == "cached.shared")
        {
            Directory.Delete(cache, recursive: true);
        }

        GraphFile Of(string name, string path) => new($"{name}/model.onnx", path, null) { SharesWeights = true, FuseAttention = true, DataFiles = [Path.Combine(folder, "unet", "unet.bin")] };
    }

    private static void MeasureCache(Measurements measurements, string folder)
    {
        string cache = Path.Combine(folder, "..", "cache");
        if (Directory.Exists(cache))
        {
            Directory.Delete(cache, recursive: true);
        }

        foreach (string name in (string[])["unet", "vae_decoder", "transparency_decoder"])
        {
            GraphFile file = new($"{name}/model.onnx", Path.Combine(folder, name, "model.onnx"), null) { FuseAttention = true };
            SessionSettings plain = new(Device.Cpu, 0, AllowSpinning: false);
            measurements[$"{name}.plain"] = Load(file, plain);
            measurements[$"{name}.writing"] = Load(file, plain with { OptimizedModelCache = cache });
            measurements[$"{name}.cached"] = Load(file, plain with { OptimizedModelCache = cache });
        }

        Directory.Delete(cache, recursive: true);

        static double Load(GraphFile file, SessionSettings settings)
        {
            long begin = Stopwatch.GetTimestamp();
            GraphSession.Load(file, settings, default).Dispose();
            return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }
    }

    // A feed-forward layer of SDXL's UNet for a whole picture and for one prompt's worth of rows, in both precisions.
    private static void MeasureKernels(Measurements measurements)
    {
        const int Inner = 1280;
        const int Columns = 10240;
        Half[] weights = new Half[Inner * Columns];
        Random random = new(4);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (Half)((random.NextSingle() - 0.5f) * 0.04f);
        }

        foreach (int rows in (ReadOnlySpan<int>)[1024, 77])
        {
            byte[] half = new GraphWriter()
                .Input("a", GraphWriter.Float16, rows, Inner)
                .Output("c", GraphWriter.Float16, rows, Columns)
                .Initializer("b", GraphWriter.Float16, weights, Inner, Columns)
                .Node("MatMul", ["a", "b"], "c")
                .ToArray();
            foreach ((string type, byte[] graph, TensorElementType element) in new[] { ("float16", half, TensorElementType.Float16), ("float32", SinglePrecision.Convert(half), TensorElementType.Float) })
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"matmul.{type}.{rows}");
                using SessionOptions options = new();
                options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
                using InferenceSession session = new(graph, options);
                BareSession.Measure(measurements, name, session, 20, "c", [rows, Columns], ("a", element, [rows, Inner]));
                measurements[$"{name}.gflops"] = 2.0 * rows * Inner * Columns / 1e6 / measurements[$"{name}.cpu"];
            }
        }
    }

    // Layers of SD 1.5's UNet at 512² for both halves of guidance, in single precision and in 8-bit integers.
    private static void MeasureIntegerKernels(Measurements measurements)
    {
        foreach ((int rows, int inner, int columns) in (ReadOnlySpan<(int, int, int)>)[(8192, 320, 2560), (2048, 640, 5120), (512, 1280, 10240), (512, 1280, 1280)])
        {
            float[] weights = Random(inner * columns, 0.04f);
            byte[] single = new GraphWriter()
                .Input("a", GraphWriter.Float32, rows, inner)
                .Output("c", GraphWriter.Float32, rows, columns)
                .Initializer("b", GraphWriter.Float32, weights, inner, columns)
                .Node("MatMul", ["a", "b"], "c")
                .ToArray();
            string name = string.Create(CultureInfo.InvariantCulture, $"matmul.{rows}.{inner}.{columns}");
            Compare(name, 2.0 * rows * inner * columns, [rows, columns], ("a", [rows, inner]), ("float32", single), ("int8", IntegerProducts.Convert(single)));
        }

        const int Batch = 2;
        foreach ((int channels, int side) in (ReadOnlySpan<(int, int)>)[(320, 64), (640, 32), (1280, 16)])
        {
            float[] weights = Random(channels * channels * 9, 0.04f);
            byte[] integers = MemoryMarshal.AsBytes(Array.ConvertAll(weights, weight => (sbyte)Math.Round(weight * 127 / 0.02f)).AsSpan()).ToArray();
            (string, long[])[] padding = [("pads", [1, 1, 1, 1])];
            byte[] single = Graph().Initializer("w", GraphWriter.Float32, weights, channels, channels, 3, 3).Node("Conv", ["a", "w"], "c", padding).ToArray();
            byte[] linear = Quantized().Node("QLinearConv", ["q", "scale", "middle", "w", "weight-scale", "none", "wide", "middle"], "d", padding).Node("DequantizeLinear", ["d", "wide", "middle"], "c").ToArray();
            byte[] integer = Quantized().Node("ConvInteger", ["q", "w", "middle", "none"], "d", padding).Node("Cast", ["d"], "c", ("to", [(long)GraphWriter.Float32])).ToArray();
            string name = string.Create(CultureInfo.InvariantCulture, $"conv.{channels}.{side}");
            long[] shape = [Batch, channels, side, side];
            Compare(name, 2.0 * Batch * channels * channels * 9 * side * side, shape, ("a", shape), ("float32", single), ("int8", IntegerProducts.Convert(single)), ("qlinear", linear), ("convinteger", integer));

            GraphWriter Graph() => new GraphWriter().Input("a", GraphWriter.Float32, Batch, channels, side, side).Output("c", GraphWriter.Float32, Batch, channels, side, side);

            GraphWriter Quantized() => Graph()
                .Initializer("w", GraphWriter.Int8, integers, channels, channels, 3, 3)
                .Initializer("scale", GraphWriter.Float32, new[] { 1 / 128f })
                .Initializer("weight-scale", GraphWriter.Float32, new[] { 0.02f / 127 })
                .Initializer("wide", GraphWriter.Float32, new[] { 0.1f })
                .Initializer("middle", GraphWriter.UInt8, new byte[] { 128 })
                .Initializer("none", GraphWriter.Int8, new byte[] { 0 })
                .Node("QuantizeLinear", ["a", "scale", "middle"], "q");
        }

        void Compare(string name, double operations, long[] output, (string Name, long[] Shape) input, params (string Kind, byte[] Graph)[] graphs)
        {
            foreach ((string kind, byte[] graph) in graphs)
            {
                using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
                options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
                using InferenceSession session = new(graph, options);
                BareSession.Measure(measurements, $"{name}.{kind}", session, 8, "c", output, (input.Name, TensorElementType.Float, input.Shape));
                measurements[$"{name}.{kind}.gflops"] = operations / 1e6 / measurements[$"{name}.{kind}.cpu"];
            }
        }

        static float[] Random(int length, float width)
        {
            Random random = new(4);
            float[] numbers = new float[length];
            for (int i = 0; i < length; i++)
            {
                numbers[i] = (random.NextSingle() - 0.5f) * width;
            }

            return numbers;
        }
    }

    // The UNet as it is loaded, with its attention spelled out, with its convolutions' weights in the order of the file, or in integers; each in a process of its own, whose memory it is.
    private static void MeasureUnet(Measurements measurements, string folder, int steps, string kind)
    {
        double before = Measurements.OwnMebibytes();
        long begin = Stopwatch.GetTimestamp();
        GraphFile file = new("unet/model.onnx", Path.Combine(folder, "unet", "model.onnx"), null)
        {
            UseIntegers = kind == "integers",
            FuseAttention = kind != "unfused",
            DataFiles = [Path.Combine(folder, "unet", "unet.bin")],
        };
        using GraphSession graph = GraphSession.Load(file, new SessionSettings(Device.Cpu, 0, AllowSpinning: false) { OptimizeLayout = kind != "stored" }, default);
        measurements["load"] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        measurements["loaded"] = Measurements.OwnMebibytes() - before;
        measurements["cpu"] = Step(FullSizeModel.LatentSize, steps);
        measurements["own"] = Measurements.OwnMebibytes() - before;
        if (kind is "unfused" or "fused")
        {
            measurements["cpu.768"] = Step(768 / 8, 1);
            measurements["own.768"] = Measurements.OwnMebibytes() - before;
        }

        double Step(int size, int count)
        {
            using GraphBinding binding = graph.CreateBinding();
            binding.BindInput("sample", 2, 4, size, size);
            binding.BindInput("timestep", 1).Write([500f]);
            GraphTensor hidden = binding.BindInput("encoder_hidden_states", 2, 77, FullSizeModel.ContextWidth);
            hidden.Write([.. Enumerable.Range(0, hidden.Length).Select(i => MathF.Sin(i))]);
            binding.BindOutput("out_sample", 2, 4, size, size);
            binding.Run(default);
            double best = double.MaxValue;
            for (int step = 0; step < count; step++)
            {
                double cpu = Measurements.CpuMilliseconds();
                binding.Run(default);
                best = Math.Min(best, Measurements.CpuMilliseconds() - cpu);
            }

            return best;
        }
    }

    // A whole graph in half precision, the tiny test model's, as it is and converted.
    private static void MeasureHalfGraph(Measurements measurements)
    {
        byte[] half = File.ReadAllBytes(Path.Combine(Root, "tests", "fixtures", "packages", "tiny-sdxl-fp16", "unet", "model.onnx"));
        foreach ((string type, byte[] graph, TensorElementType element) in new[] { ("float16", half, TensorElementType.Float16), ("float32", SinglePrecision.Convert(half), TensorElementType.Float) })
        {
            using SessionOptions options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            using InferenceSession session = new(graph, options);
            BareSession.Measure(
                measurements, $"tiny-unet.{type}", session, 40, "out_sample", [2, 4, 32, 32],
                ("sample", element, [2, 4, 32, 32]), ("timestep", TensorElementType.Int64, [1]), ("encoder_hidden_states", element, [2, 77, 80]), ("text_embeds", element, [2, 40]), ("time_ids", element, [2, 6]));
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LayerDiffusion.Onnx.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"No LayerDiffusion.Onnx.sln above {AppContext.BaseDirectory}.");
    }
}
