namespace LayerDiffusion.Cli.Tests;

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Gets where it is.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("layerdiffusion-").FullName;

    /// <summary>Gets the files and folders in it, by relative path in order.</summary>
    public string[] Entries => [.. Directory.EnumerateFileSystemEntries(this.Path, "*", SearchOption.AllDirectories)
        .Select(entry => System.IO.Path.GetRelativePath(this.Path, entry).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>A path in it.</summary>
    public string PathOf(params string[] parts) => System.IO.Path.Combine([this.Path, .. parts]);

    /// <summary>The bytes of a file in it.</summary>
    public byte[] Read(string name) => File.ReadAllBytes(this.PathOf(name));

    /// <summary>Writes a text file into it.</summary>
    public string Write(string name, string text)
    {
        string path = this.PathOf(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(this.Path, recursive: true);
}
