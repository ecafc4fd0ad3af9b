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
        Measurements bare = Measurements.OfChild("bare", steps);
        Measurements keep = Measurements.OfChild("keep-all", steps);
        Measurements sequential = Measurements.OfChild("sequential", steps);
        Measurements alpha = Measurements.OfChild("alpha", steps);
        Measurements cache = Measurements.OfChild("cache", steps);
        double peak = kernels["matmul.float32.1024.gflops"];
        StringBuilder text = new();

        Line($"Machine: {Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}; .NET {Environment.Version}, ONNX Runtime {OrtEnv.Instance().GetVersionString()}, CPU, float32.");
        Line($"Largest rate of a float32 matrix multiplication (1024×1280×10240) by ONNX Runtime on it: {peak:F0} GFLOP/s, which counts as its peak below. Rates and shares are taken from processor time, in which other programs do not count.");
        Line($"");
        Line($"| network, 512² | load, ms | first run, ms | best run, ms | its processor time per core, ms | share of peak | bare load, ms | bare first, ms | bare best, ms | its processor time per core, ms |");
        Line($"|---|---|---|---|---|---|---|---|---|---|");
        Network("UNet, batch 2 (one step with guidance)", "unet", keep["step.first"], keep["step.best"], keep["step.cpu"], 2 * UnetTeraFlop, "unet");
        Network("VAE decoder", "vae_decoder", double.NaN, keep["run.vae"], keep["run.vae.cpu"], VaeTeraFlop, "vae");
        Network("transparency decoder, 1 view", "transparency_decoder", double.NaN, keep["run.alpha"], keep["run.alpha.cpu"], AlphaTeraFlop, "alpha");
        Line($"");
        Line($"Time of a steady step outside ONNX Runtime: {keep["step.outside"]:P3}.");
        Line($"");
        Line($"| text to RGBA, {steps} steps, first call | ms | share |");
        Line($"|---|---|---|");
        foreach ((string label, string name) in new[] { ("prompt", "prompt"), ("denoising, loading the UNet included", "denoise"), ("VAE decoder, loading included", "decode-image"), ("transparency decoder, 8 views, loading included", "decode-alpha"), ("all", "all") })
        {
            Line($"| {label} | {keep[name]:F0} | {keep[name] / keep["all"]:P1} |");
        }

        double steady = (keep["step.best"] * 20) + keep["run.vae"] + (8 * keep["run.alpha"]);
        double floor = (bare["unet.best"] * 20) + bare["vae.best"] + (8 * bare["alpha.best"]);
        Line($"");
        Line($"From these, a warm picture of 20 steps takes {steady / 1000:F1} s; by bare runs alone {floor / 1000:F1} s. UNet {keep["step.best"] * 20 / steady:P1}, VAE {keep["run.vae"] / steady:P1}, transparency {8 * keep["run.alpha"] / steady:P1}.");
        Line($"One preview takes {keep["preview"]:F0} ms, {keep["preview"] / keep["step.best"]:P1} of a step.");
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

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text.ToString());
        Console.WriteLine(text);
        Console.WriteLine(path);

        void Line(FormattableString line) => text.AppendLine(FormattableString.Invariant(line).Replace("NaN", "–", StringComparison.Ordinal));

        void Network(string label, string graph, double first, double best, double cpu, double teraFlop, string bareName) => Line(
            $"| {label} | {keep[$"graph.load.duration/{graph}"]:F0} | {first:F0} | {best:F0} | {cpu:F0} | {teraFlop * 1e6 / cpu / peak:P0} | {bare[$"{bareName}.load"]:F0} | {bare[$"{bareName}.first"]:F0} | {bare[$"{bareName}.best"]:F0} | {bare[$"{bareName}.cpu"]:F0} |");
    }

    private static string Processor()
    {
        const string List = "/proc/cpuinfo";
        string? line = File.Exists(List) ? File.ReadLines(List).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "a processor that does not tell its name";
    }
}
