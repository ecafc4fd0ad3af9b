namespace LayerDiffusion.Onnx.Benchmarks;

/// <summary>Finds the files of the repository that the program was built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
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
