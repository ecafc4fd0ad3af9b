using System.Diagnostics;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>Programs of others that read what we write. A test whose tool is missing is skipped and says what to install.</summary>
internal static class ExternalTool
{
    /// <summary>Runs ImageMagick's convert and returns what it wrote to standard output.</summary>
    public static byte[] ImageMagick(params string[] arguments)
    {
        string? program = new[] { "/usr/bin/magick", "/usr/bin/convert" }.FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, "ImageMagick is not installed (Debian: apt-get install imagemagick).");
        return Run(program, arguments);
    }

    /// <summary>Converts a layered file with Krita, which needs a display.</summary>
    public static void Krita(string source, string target)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/krita") && File.Exists("/usr/bin/xvfb-run"), "Krita or xvfb-run is not installed (Debian: apt-get install krita xvfb xauth).");
        string home = Directory.CreateTempSubdirectory("krita-home").FullName;
        try
        {
            Run("/usr/bin/xvfb-run", ["-a", "/usr/bin/krita", source, "--export", "--export-filename", target], ("HOME", home), ("XDG_RUNTIME_DIR", home));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Runs a script beside the tests with Node.js and the npm package ag-psd.</summary>
    public static string[] AgPsd(string path)
    {
        string? node = new[] { "/usr/bin/node", "/usr/local/bin/node" }.FirstOrDefault(File.Exists);
        Assert.SkipUnless(node is not null, "Node.js is not installed.");
        string modules = Environment.GetEnvironmentVariable("LAYERDIFFUSION_NODE_MODULES") ?? Path.Combine(Fixtures.RepositoryRoot(), "artifacts", "tools", "node_modules");
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(modules, "ag-psd")),
            "The npm package ag-psd is not installed (npm install --prefix artifacts/tools ag-psd@31, or set LAYERDIFFUSION_NODE_MODULES).");
        string script = Path.Combine(Fixtures.RepositoryRoot(), "tests", "LayerDiffusion.Onnx.Tests", "Delivery", "read-psd.cjs");
        return System.Text.Encoding.UTF8.GetString(Run(node, [script, path], ("NODE_PATH", modules))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    internal static byte[] Run(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.GetAwaiter().GetResult()}");
        return output.ToArray();
    }
}
