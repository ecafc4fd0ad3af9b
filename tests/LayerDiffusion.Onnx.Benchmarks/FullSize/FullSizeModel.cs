using System.Runtime.InteropServices;
using LayerDiffusion.Onnx.Packages;
using LayerDiffusion.Onnx.Runtime;

namespace LayerDiffusion.Onnx.Benchmarks.FullSize;

/// <summary>
/// A model package with the UNet, VAE decoder and transparency decoder of Stable Diffusion 1.5 in their true size and with small random weights. What takes no
/// time worth mentioning (tokenizer, encoders of pictures) is that of the tiny test model; the text encoder looks up random vectors.
/// </summary>
internal static class FullSizeModel
{
    public const int Size = 512;
    public const int LatentSize = Size / 8;
    public const int ContextWidth = 768;
    private static readonly string[] Graphs = ["unet", "vae_decoder", "transparency_decoder"];

    /// <summary>Makes the package unless it is there.</summary>
    /// <returns>Its folder.</returns>
    public static string Create(string root)
    {
        string fixtures = Path.Combine(root, "tests", "fixtures");
        string folder = Path.Combine(root, "artifacts", "bench", "model");
        string tiny = Path.Combine(fixtures, "packages", "tiny-sd15");
        foreach (string part in (string[])["tokenizer", "scheduler", "vae_encoder", "transparency_encoder"])
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(tiny, part)))
            {
                Copy(file, Path.Combine(folder, part, Path.GetFileName(file)));
            }
        }

        Copy(Path.Combine(tiny, "model_index.json"), Path.Combine(folder, "model_index.json"));
        Copy(Path.Combine(tiny, "vae_decoder", "config.json"), Path.Combine(folder, "vae_decoder", "config.json"));
        foreach (string graph in Graphs)
        {
            string path = Path.Combine(folder, graph, "model.onnx");
            Copy(Path.Combine(fixtures, "bench", graph + ".onnx"), path);
            Fill(path);
        }

        WriteTextEncoder(Path.Combine(folder, "text_encoder"));
        File.WriteAllText(
            Path.Combine(folder, "layerdiffusion.json"),
            """
            { "format": 1, "name": "full-size", "family": "sd15", "size_multiple": 64, "default_size": [512, 512], "text": { "hidden": "last" },
              "transparency": { "encoder": "transparency_encoder", "decoder": "transparency_decoder", "offset_gain": 300.0 },
              "defaults": { "scheduler": "dpm++2m-karras", "steps": 20, "guidance": 7.0 }, "unets": { "transparent": { "path": "unet" } } }
            """);
        return folder;
    }

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(source, target, overwrite: true);
    }

    // Uniform within ±0.02: about the scale of trained weights, so that values neither vanish nor explode.
    private static void Fill(string graph)
    {
        OnnxGraph declaration;
        using (FileStream stream = File.OpenRead(graph))
        {
            declaration = OnnxGraphReader.Read(stream, stream.Length, graph);
        }

        foreach (IGrouping<string, OnnxExternalData> file in declaration.ExternalData.GroupBy(data => data.Location))
        {
            string path = Path.Combine(Path.GetDirectoryName(graph)!, file.Key);
            long length = file.Max(data => data.Offset + data.Length);
            if (File.Exists(path) && new FileInfo(path).Length == length)
            {
                continue;
            }

            Console.Error.WriteLine($"filling {path} with {length >> 20} MiB of random numbers");
            using FileStream stream = File.Create(path + ".partial");
            float[] block = new float[1 << 20];
            Random random = new(1);
            for (long rest = length; rest > 0; rest -= block.Length * sizeof(float))
            {
                random.NextBytes(MemoryMarshal.AsBytes(block.AsSpan()));
                for (int i = 0; i < block.Length; i++)
                {
                    block[i] = ((BitConverter.SingleToInt32Bits(block[i]) >> 8) * (0.02f / (1 << 23)));
                }

                stream.Write(MemoryMarshal.AsBytes(block.AsSpan())[..(int)Math.Min(rest, block.Length * sizeof(float))]);
            }

            stream.Close();
            File.Move(path + ".partial", path, overwrite: true);
        }
    }

    private static void WriteTextEncoder(string folder)
    {
        const int Rows = 64;
        Random random = new(2);
        float[] table = new float[Rows * ContextWidth];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = (random.NextSingle() * 2) - 1;
        }

        byte[] graph = new GraphWriter()
            .Input("input_ids", GraphWriter.Int64, "B", 77)
            .Output("last_hidden_state", GraphWriter.Float32, "B", 77, ContextWidth)
            .Output("pooler_output", GraphWriter.Float32, "B", ContextWidth)
            .Initializer("rows", GraphWriter.Int64, new long[] { Rows })
            .Initializer("table", GraphWriter.Float32, table, Rows, ContextWidth)
            .Node("Mod", ["input_ids", "rows"], "index")
            .Node("Gather", ["table", "index"], "last_hidden_state")
            .Node("ReduceMean", ["last_hidden_state"], "pooler_output", ("axes", [1]), ("keepdims", [0]))
            .ToArray();
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), graph);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{ "num_hidden_layers": 12, "hidden_size": 768 }""");
    }
}
