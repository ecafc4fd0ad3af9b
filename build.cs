#:property PublishAot=false
using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

return Driver.Run(args);

/// <summary>The verbs. `dotnet run build.cs` without one explains them.</summary>
internal static class Driver
{
    private const string Help = """
        dotnet run build.cs <verb> [options]

          demo                         draw two transparent pictures with the embedded model and say where they are
          test [--culture X] [filter…] run every test, under the invariant, a German and a Turkish culture, or under X alone;
                                       a filter is part of a class name, or options of the test program from the first --filter… on
          bench [options]              run the benchmarks; options go to BenchmarkDotNet (without any: --filter *)
          bench full [--steps N]       measure on networks of full size with random weights: 12 GB of disk and of memory, many minutes
          pack                         make every NuGet package in artifacts/package
          aot                          publish samples/NativeAot ahead of time and run it (needs clang or gcc)
          restore                      restore all packages, making those of ONNX Runtime that no source has

          --gpu                        (test, bench) with the CUDA build of ONNX Runtime for Linux
          --cuda-stand-in              (test) then also what can be tested of that build without a GPU, on a stand-in for NVIDIA's libraries (Linux, needs g++)
          --force-feed                 make the packages of ONNX Runtime even if a source has them

        Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 npm is needed to make the packages of ONNX Runtime and is not there,
                    4 a linker is needed and not there.
        """;

    private static readonly string[] TestedCultures = ["invariant", "de-DE", "tr-TR"];

    private static readonly (string Prompt, string Seed, string Name)[] DemoPictures = [("a fox", "5", "fox"), ("a glass ghost", "4", "glass-ghost")];

    public static int Run(string[] arguments)
    {
        List<string> rest = [.. arguments.Skip(1)];
        Repository.UseGpu = rest.Remove("--gpu");
        bool forceFeed = rest.Remove("--force-feed");
        bool withStandIn = rest.Remove("--cuda-stand-in");
        string verb = arguments.FirstOrDefault() ?? string.Empty;
        Func<int>? action = verb switch
        {
            "demo" when rest.Count == 0 => Demo,
            "test" => () => Test(rest, withStandIn),
            "bench" => () => Bench(rest),
            "pack" when rest.Count == 0 => Pack,
            "aot" when rest.Count == 0 => Aot,
            "restore" when rest.Count == 0 => Restore,
            _ => null,
        };
        if (action is null)
        {
            Console.Error.WriteLine(Help);
            return 2;
        }

        try
        {
            if (forceFeed)
            {
                Feed.Make(forEveryBuild: true);
            }

            return action();
        }
        catch (BuildException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return exception.ExitCode;
        }
    }

    private static int Demo()
    {
        string project = Repository.PathOf("src/LayerDiffusion.Cli/LayerDiffusion.Cli.csproj");
        if (!File.Exists(project))
        {
            throw new BuildException("There is no src/LayerDiffusion.Cli to run the demo with.");
        }

        Repository.DotNet("build", project);
        string folder = Repository.PathOf("artifacts/demo");
        foreach ((string prompt, string seed, string name) in DemoPictures)
        {
            // The command line says where the pictures are.
            int exitCode = Repository.RunProject(
                project,
                ["generate", prompt, "--seed", seed, "--out", Path.Combine(folder, $"{name}.png"), "--checkerboard", Path.Combine(folder, $"{name}-preview.png")]);
            if (exitCode != 0)
            {
                return exitCode;
            }
        }

        return 0;
    }

    private static int Test(List<string> arguments, bool withStandIn)
    {
        TestCounts total = default;
        int exitCode = 1;
        try
        {
            string[] cultures = TakeCultures(arguments);
            string[] projects = Directory.GetFiles(Repository.PathOf("tests"), "*.Tests.csproj", SearchOption.AllDirectories);
            Array.Sort(projects, StringComparer.Ordinal);
            foreach (string project in projects)
            {
                Repository.DotNet("build", project);
                foreach (string culture in cultures)
                {
                    total += TestRun.Run(project, culture, withStandIn ? [.. arguments, "--filter-not-class", $"*{CudaStandIn.Tests}"] : arguments);
                }
            }

            total += withStandIn ? CudaStandIn.Test() : default;
            exitCode = total.Failed == 0 && total.Passed > 0 ? 0 : 1;
        }
        catch (BuildException exception)
        {
            Console.WriteLine(exception.Message);
            exitCode = exception.ExitCode;
        }

        // The last line, come what may: whoever runs this reads it.
        Console.WriteLine(total);
        return exitCode;
    }

    private static string[] TakeCultures(List<string> arguments)
    {
        string[] cultures = TestedCultures;
        int option = arguments.IndexOf("--culture");
        if (option >= 0)
        {
            if (option + 1 == arguments.Count)
            {
                throw new BuildException("--culture wants a name, as in --culture de-DE.", 2);
            }

            cultures = [arguments[option + 1]];
            arguments.RemoveRange(option, 2);
        }

        if (!cultures.All(HasDataOf))
        {
            throw new BuildException($"This machine has no data for one of the cultures {string.Join(", ", cultures)}; on Debian the package libicu brings it.");
        }

        return cultures;
    }

    // Without ICU .NET either refuses to make the culture or gives it the invariant data.
    private static bool HasDataOf(string culture)
    {
        try
        {
            return culture is "invariant" or "default" || CultureInfo.GetCultureInfo(culture, predefinedOnly: true).DisplayName != "Invariant Language (Invariant Country)";
        }
        catch (CultureNotFoundException)
        {
            return false;
        }
    }

    private static int Bench(List<string> arguments)
    {
        string project = Repository.PathOf("tests/LayerDiffusion.Onnx.Benchmarks/LayerDiffusion.Onnx.Benchmarks.csproj");
        Repository.DotNet("build", project);
        if (arguments is ["full", ..])
        {
            return Repository.RunProject(project, arguments);
        }

        string[] chosen = arguments.Count == 0 ? ["--filter", "*"] : [.. arguments];
        return Repository.RunProject(project, [.. chosen, "--artifacts", Repository.PathOf("artifacts/benchmarks")]);
    }

    private static int Pack()
    {
        string output = Repository.EmptyFolder("artifacts/package");
        foreach (string project in Repository.PackableProjects())
        {
            Repository.DotNet("pack", project, $"-p:PackageOutputPath={output}");
        }

        foreach (string package in Directory.EnumerateFiles(output, "*.nupkg").Order(StringComparer.Ordinal))
        {
            Console.WriteLine(package);
        }

        return 0;
    }

    private static int Aot()
    {
        if (!OperatingSystem.IsWindows() && !OperatingSystem.IsMacOS() && !Shell.Exists("clang") && !Shell.Exists("gcc"))
        {
            throw new BuildException("Publishing ahead of time links with clang or gcc, and neither is on the path. Install one (Debian: apt-get install clang zlib1g-dev).", 4);
        }

        string output = Repository.EmptyFolder("artifacts/aot");
        Repository.DotNet("publish", Repository.PathOf("samples/NativeAot/NativeAot.csproj"), [$"-p:PublishDir={output}/", .. Linker()]);
        foreach (string file in Directory.EnumerateFiles(output).Order(StringComparer.Ordinal))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{new FileInfo(file).Length / 1e6,8:F1} MB  {Path.GetFileName(file)}"));
        }

        string program = Path.Combine(output, OperatingSystem.IsWindows() ? "NativeAot.exe" : "NativeAot");
        return Shell.Attached(program, [Path.Combine(output, "picture.png")]);
    }

    // The SDK looks for clang alone.
    private static string[] Linker() =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() || Shell.Exists("clang") ? [] : ["-p:CppCompilerAndLinker=gcc"];

    private static int Restore()
    {
        Repository.DotNet("restore", Repository.PathOf("LayerDiffusion.Onnx.sln"));
        return 0;
    }
}

/// <summary>Where things are, and the .NET command line with what every call here needs.</summary>
internal static partial class Repository
{
    private const string ImageSharpProject = "LayerDiffusion.Onnx.ImageSharp";

    /// <summary>Gets or sets whether programs get the CUDA build of ONNX Runtime.</summary>
    public static bool UseGpu { get; set; }

    private static string Root { get; } = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;

    public static string PathOf(string relative) => Path.GetFullPath(Path.Combine(Root, relative));

    public static string EmptyFolder(string relative)
    {
        string folder = PathOf(relative);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        return Directory.CreateDirectory(folder).FullName;
    }

    /// <summary>Runs a command of the .NET command line, quietly; makes the packages of ONNX Runtime when the restore finds that no source has them.</summary>
    public static void DotNet(string command, string project, params string[] options)
    {
        Console.WriteLine($"{command} {Path.GetRelativePath(Root, project)}");
        (int exitCode, string output) = Attempt(command, project, options);
        string[] absent = [.. AbsentPackage().Matches(output).Select(match => match.Groups["id"].Value).Distinct()];
        if (exitCode != 0 && absent.Any(Feed.Makes.Contains))
        {
            Feed.Make(forEveryBuild: absent.Any(id => Feed.Makes.Contains(id) && id != Feed.Gpu));
            (exitCode, output) = Attempt(command, project, options);
        }

        if (exitCode != 0)
        {
            throw new BuildException($"{output.TrimEnd()}\n\ndotnet {command} {Path.GetRelativePath(Root, project)} failed.");
        }
    }

    /// <summary>Runs a project that is built, with the terminal as its own.</summary>
    public static int RunProject(string project, IEnumerable<string> arguments) =>
        Shell.Attached("dotnet", ["run", "--project", project, "-c", "Release", "--no-build", .. RuntimeOptions(), "--", .. arguments]);

    /// <summary>The projects that become packages; the adapter for ImageSharp only where a source has ImageSharp.</summary>
    public static IEnumerable<string> PackableProjects()
    {
        string[] projects = Directory.GetFiles(PathOf("src"), "*.csproj", SearchOption.AllDirectories);
        Array.Sort(projects, StringComparer.Ordinal);
        foreach (string project in projects)
        {
            if (Path.GetFileNameWithoutExtension(project) == ImageSharpProject && Attempt("restore", project, []).Output.Contains("NU1101", StringComparison.Ordinal))
            {
                Console.WriteLine($"skipped {ImageSharpProject}: no package source has SixLabors.ImageSharp");
                continue;
            }

            yield return project;
        }
    }

    private static (int ExitCode, string Output) Attempt(string command, string project, string[] options)
    {
        string[] configuration = command == "restore" ? [] : ["-c", "Release"];
        // A build node that outlives the command would keep its output open.
        return Shell.Captured("dotnet", [command, project, .. configuration, "-v", "quiet", "-nologo", "-nodeReuse:false", .. RuntimeOptions(), .. options]);
    }

    private static string[] RuntimeOptions() => UseGpu ? [$"-p:OnnxRuntimePackage={Feed.Gpu}"] : [];

    // NU1101: no such package; NU1102: not in this version or higher; NU1103: only pre-releases.
    [GeneratedRegex(@"NU110[123]: .*?(?<id>Microsoft\.ML\.OnnxRuntime[\w.]*\w)")]
    private static partial Regex AbsentPackage();
}

/// <summary>
/// Makes the packages of ONNX Runtime, under their own names, from an npm package that carries the same sources and libraries.
/// Managed and native part need the same version, so all are made together.
/// </summary>
internal static class Feed
{
    public const string Gpu = "Microsoft.ML.OnnxRuntime.Gpu.Linux";

    private const string NpmVersion = "0.4.9";
    private const string RuntimeVersion = "1.29.0";
    private const string PropertiesFile = "eng/feed/packages/feed.props";

    public static IReadOnlySet<string> Makes { get; } = new HashSet<string>(["Microsoft.ML.OnnxRuntime.Managed", "Microsoft.ML.OnnxRuntime", Gpu]);

    /// <summary>Makes what is not made yet; the property file that puts the packages into force comes last.</summary>
    /// <param name="forEveryBuild">Whether every build takes the made version, or only one with the CUDA build of ONNX Runtime.</param>
    public static void Make(bool forEveryBuild)
    {
        Console.WriteLine("Making the packages of ONNX Runtime from npm packages, as no package source is known to have them (once, about a minute).");
        string work = Repository.EmptyFolder("eng/feed/work");
        Fetch("com.github.asus4.onnxruntime", work);
        List<string> projects = ["Microsoft.ML.OnnxRuntime.Managed", "Microsoft.ML.OnnxRuntime"];
        if (Repository.UseGpu)
        {
            Fetch("com.github.asus4.onnxruntime.linux-x64-gpu", work);
            projects.Add(Gpu);
        }

        string made = Path.Combine(work, "packages");
        foreach (string project in projects)
        {
            Pack(Repository.PathOf($"eng/feed/{project}/{project}.csproj"), made);
        }

        foreach (string package in Directory.GetFiles(made, "*.nupkg"))
        {
            File.Move(package, Repository.PathOf($"eng/feed/packages/{Path.GetFileName(package)}"), overwrite: true);
        }

        WriteProperties(forEveryBuild, Path.Combine(work, "feed.props"));
        Directory.Delete(work, recursive: true);
    }

    private static void Fetch(string npmPackage, string work)
    {
        string name = $"{npmPackage}@{NpmVersion}";
        (int exitCode, string output) result;
        try
        {
            // npm is a script on Windows, which only its shell starts.
            string[] arguments = ["pack", name, "--loglevel=error", "--pack-destination", work];
            result = OperatingSystem.IsWindows() ? Shell.Captured("cmd", ["/c", "npm", .. arguments]) : Shell.Captured("npm", arguments);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new BuildException(
                $"No package source has ONNX Runtime's packages, and npm, which would fetch {name} to make them from, is not installed. Install npm (Debian: apt-get install npm) or add a source that has them.", 3);
        }

        if (result.exitCode != 0)
        {
            throw new BuildException($"{result.output.TrimEnd()}\n\nnpm could not fetch {name}, from which ONNX Runtime's packages are made as no package source has them. Is the network reachable?");
        }

        string archive = Path.Combine(work, $"{npmPackage}-{NpmVersion}.tgz");
        using GZipStream stream = new(File.OpenRead(archive), CompressionMode.Decompress);
        string folder = Directory.CreateDirectory(Path.Combine(work, npmPackage)).FullName;
        TarFile.ExtractToDirectory(stream, folder, overwriteFiles: true);
    }

    private static void Pack(string project, string output)
    {
        (int exitCode, string text) = Shell.Captured(
            "dotnet", ["pack", project, "-c", "Release", "-o", output, "-v", "quiet", "-nologo", "-nodeReuse:false", $"-p:Version={RuntimeVersion}"]);
        if (exitCode != 0)
        {
            throw new BuildException($"{text.TrimEnd()}\n\nMaking {Path.GetFileNameWithoutExtension(project)} failed.");
        }
    }

    private static void WriteProperties(bool forEveryBuild, string temporary)
    {
        string target = Repository.PathOf(PropertiesFile);
        bool alreadyForEveryBuild = File.Exists(target) && !File.ReadAllText(target).Contains("Condition", StringComparison.Ordinal);
        string condition = forEveryBuild || alreadyForEveryBuild ? string.Empty : $" Condition=\"'$(OnnxRuntimePackage)' == '{Gpu}'\"";
        File.WriteAllText(temporary, $"<Project>\n  <PropertyGroup{condition}>\n    <OnnxRuntimeVersion>{RuntimeVersion}</OnnxRuntimeVersion>\n    <OnnxRuntimeGpuVersion>{RuntimeVersion}</OnnxRuntimeGpuVersion>\n  </PropertyGroup>\n</Project>\n");
        File.Move(temporary, target, overwrite: true);
    }
}

/// <summary>One run of one test program.</summary>
internal static class TestRun
{
    public static TestCounts Run(string project, string culture, List<string> filters)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        string results = Directory.CreateDirectory(Repository.PathOf("artifacts/test-results")).FullName;
        string report = Path.Combine(results, $"{name}.{culture}.xml");
        File.Delete(report);
        string program = Repository.PathOf($"artifacts/bin/{name}/release/{name}.dll");
        int exitCode = Shell.Attached(
            "dotnet",
            [program, "--culture", culture, "--no-ansi", "--no-progress", "--report-xunit", "--report-xunit-filename", Path.GetFileName(report), "--results-directory", results, .. Filter(filters)]);
        TestCounts counts = File.Exists(report) ? Read(report) : default;
        // A program that broke off, or one that failed outside a test, is a failure too.
        bool failedOutside = exitCode != 0 && counts.Failed == 0 && !(exitCode == NoTestsRan && counts.Passed == 0);
        counts += new TestCounts(0, failedOutside ? 1 : 0, 0);
        Console.WriteLine($"{name}, culture {culture}: {counts}{(failedOutside ? $" (exit code {exitCode})" : string.Empty)}");
        return counts;
    }

    private const int NoTestsRan = 8;

    private static IEnumerable<string> Filter(List<string> filters)
    {
        int options = filters.FindIndex(filter => filter.StartsWith('-'));
        IEnumerable<string> names = options < 0 ? filters : filters.Take(options);
        return [.. names.SelectMany(name => new[] { "--filter-class", $"*{name}*" }), .. options < 0 ? [] : filters.Skip(options)];
    }

    private static TestCounts Read(string report)
    {
        TestCounts counts = default;
        foreach (XElement assembly in XDocument.Load(report).Root!.Elements("assembly"))
        {
            int Number(string attribute) => int.Parse(assembly.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
            counts += new TestCounts(Number("passed"), Number("failed") + Number("errors"), Number("skipped"));
        }

        return counts;
    }
}

/// <summary>Tests of ONNX Runtime's CUDA provider on libraries that stand in for NVIDIA's.</summary>
internal static class CudaStandIn
{
    /// <summary>The class of the tests.</summary>
    public const string Tests = "CudaStandInTests";

    private const string Source = "tests/cuda-stand-in";

    private static readonly (string Library, string File, bool HasVersion)[] Libraries =
    [
        ("libcudart.so.13", "cudart.cpp", true),
        ("libcublas.so.13", "cublas.cpp", true),
        ("libcublasLt.so.13", "cublaslt.cpp", true),
        ("libcudnn.so.9", "cudnn.cpp", false),
        ("libcuda.so.1", "driver.cpp", false),
        ("libcurand.so.10", "driver.cpp", false),
    ];

    /// <summary>Builds the libraries and runs the tests; where that cannot be, counts them as one skipped test and says why.</summary>
    public static TestCounts Test()
    {
        try
        {
            string folder = Build();
            Repository.UseGpu = true;
            string project = Repository.PathOf("tests/LayerDiffusion.Onnx.Tests/LayerDiffusion.Onnx.Tests.csproj");
            Repository.DotNet("build", project);
            Environment.SetEnvironmentVariable("LD_LIBRARY_PATH", folder);
            return TestRun.Run(project, "invariant", [Tests]);
        }
        catch (BuildException exception)
        {
            Console.WriteLine($"skipped the tests on a stand-in for CUDA: {exception.Message}");
            return new TestCounts(0, 0, 1);
        }
    }

    private static string Build()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64 || !Shell.Exists("g++"))
        {
            throw new BuildException("They want Linux on x64 and g++ (Debian: apt-get install g++).");
        }

        string output = Repository.EmptyFolder("artifacts/cuda-stand-in");
        foreach ((string library, string file, bool hasVersion) in Libraries)
        {
            // ONNX Runtime asks for symbols of that version.
            string versions = Path.Combine(output, $"{library}.map");
            File.WriteAllText(versions, $"{library} {{ global: *; }};\n");
            (int exitCode, string message) = Shell.Captured(
                "g++",
                [
                    "-std=c++17", "-O1", "-Wall", "-Werror", "-fPIC", "-shared", "-o", Path.Combine(output, library), Repository.PathOf($"{Source}/{file}"), $"-Wl,-soname,{library}",
                    .. hasVersion ? new[] { $"-Wl,--version-script={versions}" } : [],
                    .. library == Libraries[0].Library ? Array.Empty<string>() : [Path.Combine(output, Libraries[0].Library)],
                ]);
            if (exitCode != 0)
            {
                throw new BuildException($"{message.TrimEnd()}\n\nThe stand-in {library} does not compile.");
            }
        }

        return output;
    }
}

/// <summary>How many tests ended how.</summary>
internal readonly record struct TestCounts(int Passed, int Failed, int Skipped)
{
    public static TestCounts operator +(TestCounts a, TestCounts b) => new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{this.Passed} passed, {this.Failed} failed, {this.Skipped} skipped");
}

/// <summary>Starts other programs.</summary>
internal static class Shell
{
    /// <summary>Runs a program with this terminal as its own.</summary>
    public static int Attached(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(Describe(program, arguments, capture: false))!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Runs a program and gives back all that it said.</summary>
    public static (int ExitCode, string Output) Captured(string program, IEnumerable<string> arguments)
    {
        StringBuilder output = new();
        using Process process = new() { StartInfo = Describe(program, arguments, capture: true) };
        void Append(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.AppendLine(line.Data);
            }
        }

        process.OutputDataReceived += Append;
        process.ErrorDataReceived += Append;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return (process.ExitCode, output.ToString());
    }

    /// <summary>Whether a program of this name is on the path.</summary>
    public static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static ProcessStartInfo Describe(string program, IEnumerable<string> arguments, bool capture) =>
        new(program, arguments)
        {
            WorkingDirectory = Repository.PathOf("."),
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
            Environment = { ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0", ["DOTNET_NOLOGO"] = "1", ["DOTNET_CLI_UI_LANGUAGE"] = "en" },
        };
}

/// <summary>Ends the driver with one message.</summary>
internal sealed class BuildException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
