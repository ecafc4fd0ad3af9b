using System.IO.Compression;

namespace LayerDiffusion.Onnx.Tests.Packages;

/// <summary>A copy of a fixture package in a temporary folder, to be changed.</summary>
internal sealed class BrokenPackage : IDisposable
{
    private readonly string parent = Directory.CreateTempSubdirectory("layerdiffusion-package-").FullName;

    public BrokenPackage(string fixture)
    {
        this.Folder = Path.Combine(this.parent, fixture);
        string source = Fixtures.PathOf("packages", fixture);
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(this.Folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    public string Folder { get; }

    /// <summary>A path next to the package, outside it.</summary>
    public string Outside(string name) => Path.Combine(this.parent, name);

    public string PathOf(string name) => Path.Combine(this.Folder, name.Replace('/', Path.DirectorySeparatorChar));

    public void Delete(string name) => File.Delete(this.PathOf(name));

    public void Write(string name, byte[] bytes) => File.WriteAllBytes(this.PathOf(name), bytes);

    /// <summary>Replaces a piece of text that must occur.</summary>
    public void Edit(string name, string old, string replacement)
    {
        string text = File.ReadAllText(this.PathOf(name));
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(this.PathOf(name), text.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>Copies a folder of the package.</summary>
    public void CopyFolder(string name, string copy)
    {
        Directory.CreateDirectory(this.PathOf(copy));
        foreach (string file in Directory.GetFiles(this.PathOf(name)))
        {
            File.Copy(file, Path.Combine(this.PathOf(copy), Path.GetFileName(file)));
        }
    }

    public void EditGraph(string folder, Action<OnnxEditor> edit)
    {
        string path = this.PathOf($"{folder}/model.onnx");
        OnnxEditor editor = new(File.ReadAllBytes(path));
        edit(editor);
        File.WriteAllBytes(path, editor.ToArray());
    }

    /// <summary>Zips the folder as it is now.</summary>
    public string Zip(CompressionLevel level = CompressionLevel.Fastest, string prefix = "", (string Name, byte[] Bytes)[]? extra = null)
    {
        string path = this.Outside("package.zip");
        using ZipArchive archive = new(File.Create(path), ZipArchiveMode.Create);
        foreach (string file in Directory.GetFiles(this.Folder, "*", SearchOption.AllDirectories))
        {
            archive.CreateEntryFromFile(file, prefix + Path.GetRelativePath(this.Folder, file).Replace('\\', '/'), level);
        }

        foreach ((string name, byte[] bytes) in extra ?? [])
        {
            using Stream stream = archive.CreateEntry(name).Open();
            stream.Write(bytes);
        }

        return path;
    }

    public void Dispose() => Directory.Delete(this.parent, recursive: true);
}
