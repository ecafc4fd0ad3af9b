namespace LayerDiffusion.Cli.Tests;

/// <summary>One call of the program with what it said.</summary>
internal sealed record Tool(int ExitCode, string Out, string Error)
{
    /// <summary>Gets a small model with opaque and transparent networks.</summary>
    public static string SmallModel { get; } = Path.Combine(RepositoryRoot(), "tests", "fixtures", "packages", "tiny-sd15");

    /// <summary>Gets a small model of the other family, which makes layers in two steps.</summary>
    public static string SmallXlModel { get; } = Path.Combine(RepositoryRoot(), "tests", "fixtures", "packages", "tiny-sdxl");

    /// <summary>Gets a small ordinary model, without transparency.</summary>
    public static string OrdinaryModel { get; } = Path.Combine(RepositoryRoot(), "tests", "fixtures", "packages", "tiny-plain-sd15");

    /// <summary>Calls the program.</summary>
    public static Tool Run(params string[] arguments) => Run(arguments, isTerminal: false, CancellationToken.None);

    /// <summary>Calls <c>generate</c> with few steps and one view for alpha, which is fast.</summary>
    public static Tool Generate(string prompt, params string[] arguments) =>
        RunFast(["generate", prompt, .. arguments]);

    /// <summary>Calls a command that generates with few steps and one view for alpha, which is fast.</summary>
    public static Tool RunFast(params string[] arguments) => Run([.. arguments, "--steps", "2", "--width", "64", "--height", "64", "--alpha-augmentation", "fast"]);

    /// <summary>Calls the program.</summary>
    public static Tool Run(string[] arguments, bool isTerminal, CancellationToken cancellationToken, StringWriter? error = null)
    {
        using StringWriter output = new();
        using StringWriter ownError = new();
        error ??= ownError;
        int exitCode = CommandLine.Run(arguments, new CommandConsole(output, error, isTerminal), cancellationToken);
        return new Tool(exitCode, output.ToString(), error.ToString());
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "LayerDiffusion.Onnx.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No LayerDiffusion.Onnx.sln above {AppContext.BaseDirectory}.");
    }
}
