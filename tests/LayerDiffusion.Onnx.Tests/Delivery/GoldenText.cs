using LayerDiffusion.Onnx.Delivery;

namespace LayerDiffusion.Onnx.Tests.Delivery;

/// <summary>Compares text files with golden ones under tests/fixtures/delivery.</summary>
internal static class GoldenText
{
    /// <summary>Set to 1 to write the golden files instead; what changed is then judged by eye in the diff.</summary>
    private static readonly bool Record = Environment.GetEnvironmentVariable("LAYERDIFFUSION_RECORD_GOLDEN") == "1";

    public static void Assert(string folder, IReadOnlyList<AtlasFile> files)
    {
        string path = Fixtures.PathOf("delivery", folder);
        if (Record)
        {
            Directory.CreateDirectory(path);
            foreach (AtlasFile file in files)
            {
                File.WriteAllText(Path.Combine(path, file.Name), file.Text);
            }
        }

        string[] expected = [.. Directory.GetFiles(path).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Xunit.Assert.Equal(expected, files.Select(file => file.Name).Order(StringComparer.Ordinal));
        foreach (AtlasFile file in files)
        {
            Xunit.Assert.Equal(File.ReadAllText(Path.Combine(path, file.Name)), file.Text);
        }
    }
}
