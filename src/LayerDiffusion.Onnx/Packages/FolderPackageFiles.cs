namespace LayerDiffusion.Onnx.Packages;

/// <summary>A model package in a folder.</summary>
internal sealed class FolderPackageFiles : PackageFiles
{
    // As many as Linux follows.
    private const int MaximumLinks = 40;

    private readonly string root;
    private readonly string realRoot;

    public FolderPackageFiles(string folder)
        : base(folder)
    {
        this.root = Path.GetFullPath(folder);
        this.realRoot = Path.TrimEndingDirectorySeparator(RealPath(this.root) ?? throw new ModelFormatException(folder, "a folder", "links that never end"));
    }

    /// <inheritdoc/>
    public override bool Exists(string path)
    {
        string file = this.FilePathOf(path);
        if (!File.Exists(file))
        {
            return false;
        }

        string? real = RealPath(file);
        return real is not null && real.StartsWith(this.realRoot + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? true
            : throw new ModelFormatException(this.NameOf(path), "a file within the package's folder", $"a link to {PackagePath.Quote(real ?? "itself")} outside it; copy the folder with its links followed");
    }

    /// <inheritdoc/>
    public override long LengthOf(string path)
    {
        // The length of a link is that of its name, so it is taken from the opened file.
        using Stream stream = this.OpenRead(path);
        return stream.Length;
    }

    /// <inheritdoc/>
    public override string FilePathOf(string path) => Path.Combine(this.root, path.Replace('/', Path.DirectorySeparatorChar));

    /// <inheritdoc/>
    public override Stream OpenRead(string path) =>
        new FileStream(this.FilePathOf(path), new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 0 });

    /// <inheritdoc/>
    public override IReadOnlyList<string> SomeFiles() =>
        [.. Directory.EnumerateFileSystemEntries(this.root).Select(entry => Path.GetFileName(entry)).Take(20).Order(StringComparer.Ordinal)];

    // Follows links in every part of the path; null if they never end.
    private static string? RealPath(string path)
    {
        Stack<string> pending = new();
        Push(path[Path.GetPathRoot(path)!.Length..]);
        string real = Path.GetPathRoot(path)!;
        int links = 0;
        while (pending.TryPop(out string? part))
        {
            if (part is "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            string candidate = Path.Combine(real, part);
            string? target = new FileInfo(candidate).LinkTarget;
            if (target is null)
            {
                real = candidate;
                continue;
            }

            if (++links > MaximumLinks)
            {
                return null;
            }

            if (Path.IsPathRooted(target))
            {
                target = Path.GetFullPath(target);
                real = Path.GetPathRoot(target)!;
                target = target[real.Length..];
            }

            Push(target);
        }

        return real;

        void Push(string relative)
        {
            string[] parts = relative.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
            for (int i = parts.Length - 1; i >= 0; i--)
            {
                if (parts[i] != ".")
                {
                    pending.Push(parts[i]);
                }
            }
        }
    }
}
