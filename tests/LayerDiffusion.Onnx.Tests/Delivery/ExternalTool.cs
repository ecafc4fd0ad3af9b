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
            // Now and then the display is not up when Krita starts; that says nothing about the file.
            for (int attempt = 1; ; attempt++)
            {
                (int exitCode, _, string errors) = Start("/usr/bin/xvfb-run", ["-a", "/usr/bin/krita", source, "--export", "--export-filename", target], ("HOME", home), ("XDG_RUNTIME_DIR", home));
                if (exitCode == 0)
                {
                    return;
                }

                Assert.True(attempt < 5 && errors.Contains("could not connect to display", StringComparison.Ordinal), errors);
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Describes a TIFF file with libtiff's tiffinfo, which reads all strips; a warning fails the test.</summary>
    public static string[] TiffInfo(string path)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tiffinfo"), "tiffinfo is not installed (Debian: apt-get install libtiff-tools).");
        return System.Text.Encoding.UTF8.GetString(Run("/usr/bin/tiffinfo", ["-D", path])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Runs a script beside the tests with Node.js and npm packages, and returns the lines it wrote.</summary>
    /// <param name="script">Path of the script from the tests' folder.</param>
    /// <param name="packages">The packages it needs.</param>
    /// <param name="arguments">What it is given.</param>
    public static string[] Node(string script, string[] packages, params string[] arguments)
    {
        string? node = new[] { "/usr/bin/node", "/usr/local/bin/node" }.FirstOrDefault(File.Exists);
        Assert.SkipUnless(node is not null, "Node.js is not installed (.ci/readers installs it on Debian).");
        string modules = Environment.GetEnvironmentVariable("LAYERDIFFUSION_NODE_MODULES") ?? Path.Combine(Fixtures.RepositoryRoot(), "artifacts", "tools", "node_modules");
        foreach (string package in packages)
        {
            Assert.SkipUnless(
                Directory.Exists(Path.Combine(modules, package)),
                $"The npm package {package} is not installed (run .ci/readers, or set LAYERDIFFUSION_NODE_MODULES to a folder that has it).");
        }

        string path = Path.Combine(Fixtures.RepositoryRoot(), "tests", "LayerDiffusion.Onnx.Tests", script);
        return System.Text.Encoding.UTF8.GetString(Run(node, [path, .. arguments], ("NODE_PATH", modules))).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Describes a PSD or PSB file as the npm package ag-psd reads it.</summary>
    public static string[] AgPsd(string path) => Node("Delivery/read-psd.cjs", ["ag-psd"], path);

    internal static byte[] Run(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        (int exitCode, byte[] output, string errors) = Start(program, arguments, environment);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
        return output;
    }

    private static (int ExitCode, byte[] Output, string Errors) Start(string program, string[] arguments, params (string Name, string Value)[] environment)
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
        return (process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult());
    }
}
