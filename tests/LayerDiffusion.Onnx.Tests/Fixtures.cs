using System.Text.Json;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Tests;

/// <summary>Finds the golden data under tests/fixtures; its READMEs say what each file holds and which tolerance its values deserve.</summary>
internal static class Fixtures
{
    public static string Root { get; } = Path.Combine(RepositoryRoot(), "tests", "fixtures");

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static SafetensorsFile Tensors(params string[] parts) => SafetensorsFile.Open(PathOf(parts));

    public static JsonElement Json(params string[] parts)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(parts)));
        return document.RootElement.Clone();
    }

    public static string RepositoryRoot()
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
