using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Benchmarks.FullSize;

/// <summary>Runs all parts and writes what they measured as Markdown.</summary>
internal static class FullSizeReport
{
    // Counted over the layers, 2 for each multiplication with addition; one image of 512².
    private const double UnetTeraFlop = 0.803;
    private const double VaeTeraFlop = 2.515;
    private const double AlphaTeraFlop = 0.196;

    public static void Write(int steps, string path)
    {
        Measurements kernels = Measurements.OfChild("kernels", steps);
        Dictionary<string, Measurements> variants = new(StringComparer.Ordinal);
        foreach (string kind in (string[])["plain", "plain.shared", "cached.writing", "cached", "cached.shared"])
        {
            variants.Add(kind, Measurements.OfChild($"variants.{kind}", steps));
        }

        Measurements integers = Measurements.OfChild("integers", steps);
        Dictionary<string, Measurements> unets = new(StringComparer.Ordinal);
        foreach (string kind in (string[])["unfused", "fused", "stored", "integers"])
        {
            unets.Add(kind, Measurements.OfChild($"unet.{kind}", steps));
        }

        Measurements bare = Measurements.OfChild("bare", steps);
        Measurements keep = Measurements.OfChild("keep-all", steps);
        Measurements sequential = Measurements.OfChild("sequential", steps);
        Measurements alpha = Measurements.OfChild("alpha", steps);
        Measurements cache = Measurements.OfChild("cache", steps);
        double peak = kernels["matmul.float32.1024.gflops"];
        StringBuilder text = new();

        Line($"Machine: {Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}; .NET {Environment.Version}, ONNX Runtime {OrtEnv.Instance().GetVersionString()}, CPU, float32.");
        Line($"Times, but for those of loading, are processor time over the number of cores. A clock shows at least that, and more where threads wait for each other or other programs run.");
        Line($"The fastest float32 matrix multiplication of ONNX Runtime here (1024×1280×10240) does {peak:F0} GFLOP/s, which counts as the peak below.");
        Line($"");
        Line($"| network, 512² | load, ms | run, ms | of the peak | bare session: load, ms | run, ms | ours to bare |");
        Line($"|---|---|---|---|---|---|---|");
        Network("UNet, batch 2: one step with guidance", "unet", keep["step.cpu"], 2 * UnetTeraFlop, "unet");
        Network("VAE decoder", "vae_decoder", keep["run.vae.cpu"], VaeTeraFlop, "vae");
        Network("transparency decoder, 1 view", "transparency_decoder", keep["run.alpha.cpu"], AlphaTeraFlop, "alpha");
        Line($"");
        Line($"By the clock, other programs included: first step {keep["step.first"]:F0} ms, best further step {keep["step.best"]:F0} ms; bare session: {bare["unet.first"]:F0} and {bare["unet.best"]:F0} ms.");
        Line($"Time of a steady step outside ONNX Runtime: {keep["step.outside"]:P3}.");
        Line($"");
        Line($"| text to RGBA, {steps} steps, first call of a process, loading included | ms | share |");
        Line($"|---|---|---|");
        string[] stages = [nameof(GenerationStage.EncodingPrompt), nameof(GenerationStage.Denoising), nameof(GenerationStage.DecodingImage), nameof(GenerationStage.DecodingTransparency)];
        double all = stages.Sum(stage => keep[stage]);
        foreach (string stage in stages)
        {
            Line($"| {stage} | {keep[stage]:F0} | {keep[stage] / all:P1} |");
        }

        double steady = (keep["step.cpu"] * 20) + keep["run.vae.cpu"] + (8 * keep["run.alpha.cpu"]);
        double floor = (bare["unet.cpu"] * 20) + bare["vae.cpu"] + (8 * bare["alpha.cpu"]);
        Line($"| all | {all:F0} | {1:P1} |");
        Line($"");
        Line($"A further picture of 20 steps with guidance and 8 views takes {steady / 1000:F1} s, bare runs of the same networks {floor / 1000:F1} s: UNet {keep["step.cpu"] * 20 / steady:P1}, VAE {keep["run.vae.cpu"] / steady:P1}, transparency {8 * keep["run.alpha.cpu"] / steady:P1}.");
        Line($"A preview takes {keep["preview.1.cpu"]:F0} ms if there is one after each step, {keep["preview.1.cpu"] / (keep["step.cpu"] + keep["preview.1.cpu"]):P1} of the time; {keep["preview.5.cpu"]:F0} ms after every fifth, {keep["preview.5.cpu"] / ((5 * keep["step.cpu"]) + keep["preview.5.cpu"]):P1}.");
        Line($"");
        Line($"| peak memory of the process | MiB |");
        Line($"|---|---|");
        Line($"| KeepAll | {keep["peak"]:F0} |");
        Line($"| Sequential ({sequential["loaded-graphs"]:F0} graphs left after the call) | {sequential["peak"]:F0} |");
        Line($"| bare sessions one after the other | {bare["peak"]:F0} |");
        Line($"");
        Line($"| transparency decoder | ms | peak, MiB |");
        Line($"|---|---|---|");
        Line($"| 1 view | {alpha["eight-by-1"] / 8:F0} | {alpha["peak-by-1"]:F0} |");
        Line($"| 8 views in sequence | {alpha["eight-by-1"]:F0} | {alpha["peak-by-1"]:F0} |");
        Line($"| 8 views as one batch | {alpha["eight-by-8"]:F0} | {alpha["peak-by-8"]:F0} |");
        Line($"");
        Line($"| loading | as exported, ms | writing the cache, ms | from the cache, ms | ratio |");
        Line($"|---|---|---|---|---|");
        foreach (string name in (string[])["unet", "vae_decoder", "transparency_decoder"])
        {
            Line($"| {name} | {cache[$"{name}.plain"]:F0} | {cache[$"{name}.writing"]:F0} | {cache[$"{name}.cached"]:F0} | {cache[$"{name}.cached"] / cache[$"{name}.plain"]:F2} |");
        }

        Line($"");
        Line($"| GFLOP/s | rows · 1280 × 1280 · 10240, 1024 rows | 77 rows |");
        Line($"|---|---|---|");
        foreach (string type in (string[])["float32", "float16"])
        {
            Line($"| {type} | {kernels[$"matmul.{type}.1024.gflops"]:F0} | {kernels[$"matmul.{type}.77.gflops"]:F0} |");
        }

        Line($"");
        Line($"The tiny test UNet in float16 takes {kernels["tiny-unet.float16.cpu"]:F1} ms of processor time per core as it is, {kernels["tiny-unet.float32.cpu"]:F1} ms converted: {kernels["tiny-unet.float16.cpu"] / kernels["tiny-unet.float32.cpu"]:F2} times as much.");

        Line($"");
        Line($"| two UNets with equal weights: memory of the process alone | first, MiB | second, MiB | loading the second, ms |");
        Line($"|---|---|---|---|");
        foreach ((string label, string kind) in new[]
        {
            ("as exported, each by itself", "plain"), ("as exported, shared", "plain.shared"), ("from the cache, each by itself", "cached"), ("from the cache, shared", "cached.shared"),
        })
        {
            Line($"| {label} | {variants[kind]["first"]:F0} | {variants[kind]["second"]:F0} | {variants[kind]["load"]:F0} |");
        }

        Line($"");
        Line($"| GFLOP/s by processor time | float32 | 8-bit integers | ratio | QLinearConv | ConvInteger |");
        Line($"|---|---|---|---|---|---|");
        foreach ((string label, string kernel) in new[]
        {
            ("product 8192 × 320 × 2560", "matmul.8192.320.2560"), ("product 2048 × 640 × 5120", "matmul.2048.640.5120"),
            ("product 512 × 1280 × 10240", "matmul.512.1280.10240"), ("product 512 × 1280 × 1280", "matmul.512.1280.1280"),
            ("convolution of 320 channels, 64²", "conv.320.64"), ("convolution of 640 channels, 32²", "conv.640.32"), ("convolution of 1280 channels, 16²", "conv.1280.16"),
        })
        {
            double single = integers[$"{kernel}.float32.gflops"];
            double quantized = integers[$"{kernel}.int8.gflops"];
            string others = kernel.StartsWith("conv", StringComparison.Ordinal) ? FormattableString.Invariant($"{integers[$"{kernel}.qlinear.gflops"]:F0} | {integers[$"{kernel}.convinteger.gflops"]:F0}") : "– | –";
            Line($"| {label} | {single:F0} | {quantized:F0} | {quantized / single:F2} | {others} |");
        }

        Line($"");
        Line($"| UNet, batch 2 | load, ms by the clock | memory of the process alone, MiB | with its buffers, MiB | step, ms | ratio |");
        Line($"|---|---|---|---|---|---|");
        foreach ((string label, string kind) in new[] { ("attention fused", "fused"), ("attention as exported", "unfused"), ("convolutions in the order of the file", "stored"), ("8-bit integers", "integers") })
        {
            Measurements unet = unets[kind];
            Line($"| {label} | {unet["load"]:F0} | {unet["loaded"]:F0} | {unet["own"]:F0} | {unet["cpu"]:F0} | {unet["cpu"] / unets["fused"]["cpu"]:F2} |");
        }

        Line($"");
        Line($"| UNet, batch 2, at 768² | memory of the process alone, with buffers, MiB | step, ms | ratio |");
        Line($"|---|---|---|---|");
        foreach ((string label, string kind) in new[] { ("attention fused", "fused"), ("attention as exported", "unfused") })
        {
            Measurements unet = unets[kind];
            Line($"| {label} | {unet["own.768"]:F0} | {unet["cpu.768"]:F0} | {unet["cpu.768"] / unets["fused"]["cpu.768"]:F2} |");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text.ToString());
        Console.WriteLine(text);
        Console.WriteLine(path);

        void Line(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));

        void Network(string label, string graph, double run, double teraFlop, string bareName) => Line(
            $"| {label} | {keep[$"graph.load.duration/{graph}"]:F0} | {run:F0} | {teraFlop * 1e6 / run / peak:P0} | {bare[$"{bareName}.load"]:F0} | {bare[$"{bareName}.cpu"]:F0} | {run / bare[$"{bareName}.cpu"]:F2} |");
    }

    private static string Processor()
    {
        const string List = "/proc/cpuinfo";
        string? line = File.Exists(List) ? File.ReadLines(List).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "a processor that does not tell its name";
    }
}
