using System.IO.Compression;
using LayerDiffusion.Onnx.Models.Tiny;
using LayerDiffusion.Onnx.Runtime;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace LayerDiffusion.Onnx.Tests.Runtime;

public sealed class SinglePrecisionTests : IDisposable
{
    private static readonly string HalfUnet = Fixtures.PathOf("packages", "tiny-sdxl-fp16", "unet", "model.onnx");

    private readonly string folder = Directory.CreateTempSubdirectory("single").FullName;

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    [Fact]
    public void Load_HalfGraphOnTheCpu_RunsInSinglePrecision()
    {
        using GraphSession graph = GraphSession.Load(new GraphFile("unet", HalfUnet, null), new SessionSettings(Device.Cpu, 1, false), default);
        Assert.Equal(GraphOrigin.Converted, graph.Origin);
        Assert.All(["sample", "encoder_hidden_states", "text_embeds", "time_ids"], name => Assert.Equal(TensorElementType.Float, graph.Inputs[name].Type));
        Assert.Equal(TensorElementType.Int64, graph.Inputs["timestep"].Type);
        Assert.Equal(TensorElementType.Float, graph.Outputs["out_sample"].Type);
    }

    [Fact]
    public void Convert_HalfUnet_ComesNearerToTheSinglePrecisionUnetThanHalfDoes()
    {
        byte[] half = File.ReadAllBytes(HalfUnet);
        float[] exact = Run(File.ReadAllBytes(Fixtures.PathOf("packages", "tiny-sdxl", "unet", "model.onnx")));
        double converted = Distance(exact, Run(SinglePrecision.Convert(half)));

        // Both have weights rounded to 11 bits; only the second also rounds every intermediate result.
        Assert.InRange(converted, 0, 0.02);
        Assert.True(converted < Distance(exact, Run(half)));
    }

    [Fact]
    public void Convert_ToFilesAndInMemory_GiveTheSame()
    {
        byte[] half = File.ReadAllBytes(HalfUnet);
        string path = SinglePrecision.Convert(half, Path.GetDirectoryName(HalfUnet)!, this.folder);
        using InferenceSession fromFiles = new(path);
        Assert.Equal(Run(SinglePrecision.Convert(half)), Run(fromFiles));

        // Most weights must lie outside, where ONNX Runtime maps them.
        Assert.True(new FileInfo(path + "_data").Length > half.Length);
        Assert.InRange(new FileInfo(path).Length, 1, half.Length);

        // Again from a graph with external weights, to another folder.
        string again = Directory.CreateDirectory(Path.Combine(this.folder, "again")).FullName;
        using InferenceSession fromExternal = new(SinglePrecision.Convert(File.ReadAllBytes(path), this.folder, again));
        Assert.Equal(Run(fromFiles), Run(fromExternal));
    }

    [Fact]
    public void Convert_ValuesListedAsNumbers_KeepsThem()
    {
        // 1, 0.5 and −2 as int32_data: bits 0x3C00, 0x3800, 0xC000.
        byte[] tensor = [.. Field(1, 3), .. Field(2, 10), .. Block(5, [0x80, 0x78, 0x80, 0x70, 0x80, 0x80, 0x03]), .. Block(8, "c"u8)];
        byte[] output = [.. Block(1, "y"u8), .. Block(2, Block(1, [.. Field(1, 10), .. Block(2, Block(1, Field(1, 3)))]))];
        byte[] node = [.. Block(1, "c"u8), .. Block(2, "y"u8), .. Block(4, "Identity"u8)];
        byte[] model = [.. Field(1, 8), .. Block(8, Field(2, 17)), .. Block(7, [.. Block(1, node), .. Block(2, "g"u8), .. Block(5, tensor), .. Block(12, output)])];
        Assert.True(SinglePrecision.IsHalf(model));
        byte[] converted = SinglePrecision.Convert(model);
        Assert.False(SinglePrecision.IsHalf(converted));
        using InferenceSession session = new(converted);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, [], [], ["y"]);
        Assert.Equal([1f, 0.5f, -2f], results[0].GetTensorDataAsSpan<float>());
    }

    [Fact]
    public void IsHalf_WeightsAloneAreHalf_IsFalseAndOnnxRuntimeFoldsTheirCasts()
    {
        using ZipArchive zip = new(TinyModel.OpenPackage());
        byte[] graph = Read(zip.Entries.First(entry => entry.FullName.EndsWith("unet/model.onnx", StringComparison.Ordinal)));
        Assert.False(SinglePrecision.IsHalf(graph));

        string optimized = Path.Combine(this.folder, "optimized.onnx");
        using (SessionOptions options = new() { OptimizedModelFilePath = optimized, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR })
        {
            new InferenceSession(graph, options).Dispose();
        }

        // Twice the bytes a weight, and not one value of half precision left.
        Assert.InRange(new FileInfo(optimized).Length, (long)(graph.Length * 1.8), graph.Length * 3L);
        Assert.Empty(HalfInitializers(File.ReadAllBytes(optimized)));
        Assert.NotEmpty(HalfInitializers(graph));
    }

    [Fact]
    public void Load_DamagedGraph_NamesTheFile()
    {
        string path = Path.Combine(this.folder, "model.onnx");
        byte[] half = File.ReadAllBytes(HalfUnet);
        for (int length = 0; length < half.Length; length += half.Length / 7)
        {
            File.WriteAllBytes(path, half[..length]);
            InvalidDataException exception = Assert.Throws<InvalidDataException>(
                () => GraphSession.Load(new GraphFile("unet/model.onnx", path, null), new SessionSettings(Device.Cpu, 1, false), default));
            Assert.Contains("unet/model.onnx", exception.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Field(int number, byte value) => [(byte)(number << 3), value];

    private static byte[] Block(int number, ReadOnlySpan<byte> content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using MemoryStream stream = new();
        using Stream content = entry.Open();
        content.CopyTo(stream);
        return stream.ToArray();
    }

    private static List<string> HalfInitializers(byte[] model)
    {
        List<string> names = [];
        OnnxFields fields = new(model, ..);
        while (fields.Next())
        {
            if (fields.Number != 7)
            {
                continue;
            }

            OnnxFields graph = new(model, fields.Content);
            while (graph.Next())
            {
                if (graph.Number != 5)
                {
                    continue;
                }

                OnnxFields tensor = new(model, graph.Content);
                while (tensor.Next())
                {
                    if (tensor is { Number: 2, Value: 10 })
                    {
                        names.Add(graph.Whole.ToString());
                    }
                }
            }
        }

        return names;
    }

    private static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private static float[] Run(byte[] graph)
    {
        using SessionOptions options = new() { IntraOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using InferenceSession session = new(graph, options);
        return Run(session);
    }

    private static float[] Run(InferenceSession session)
    {
        using OrtIoBinding binding = session.CreateIoBinding();
        List<OrtValue> values = [];
        foreach ((string name, long[] shape) in new (string, long[])[] { ("sample", [1, 4, 8, 8]), ("timestep", [1]), ("encoder_hidden_states", [1, 77, 80]), ("text_embeds", [1, 40]), ("time_ids", [1, 6]) })
        {
            Random random = new(5);
            float[] numbers = [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => name == "timestep" ? 500 : random.NextSingle())];
            OrtValue value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, session.InputMetadata[name].ElementDataType, shape);
            GraphElement.FromSingle(numbers, value.GetTensorMutableRawData(), session.InputMetadata[name].ElementDataType);
            binding.BindInput(name, value);
            values.Add(value);
        }

        TensorElementType type = session.OutputMetadata["out_sample"].ElementDataType;
        using OrtValue output = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, [1, 4, 8, 8]);
        binding.BindOutput("out_sample", output);
        using RunOptions options = new();
        session.RunWithBinding(options, binding);
        float[] result = new float[256];
        GraphElement.ToSingle(output.GetTensorMutableRawData(), result, type);
        values.ForEach(value => value.Dispose());
        return result;
    }
}
