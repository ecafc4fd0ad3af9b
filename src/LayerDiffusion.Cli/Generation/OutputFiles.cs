namespace LayerDiffusion.Cli.Generation;

/// <summary>The files of one run, written all or none: each is made beside its place and all are moved there in the end.</summary>
internal sealed class OutputFiles : IDisposable
{
    private static readonly StringComparison PathComparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    private readonly List<OutputFile> files = [];
    private readonly List<(string Path, string Temporary)> folders = [];
    private readonly List<string> createdFolders = [];
    private bool isCommitted;

    /// <summary>Gets the places of the files, in the order in which they were added.</summary>
    public IEnumerable<string> Paths => this.files.Select(file => file.Path);

    /// <summary>Adds a file, empty until it is written. That its place cannot be written to shows here, before any work is done.</summary>
    /// <param name="path">Where it will be; folders are made as needed.</param>
    /// <returns>Where to write it to.</returns>
    /// <exception cref="UsageException">There is already one for this place.</exception>
    /// <exception cref="IOException">The place is a folder or cannot be written to.</exception>
    public string Add(string path)
    {
        this.CheckPlace(path);
        string temporary = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            this.CreateFolder(Path.GetDirectoryName(path)!);
            using (new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                this.files.Add(new OutputFile(path, temporary));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}' cannot be written to: {exception.Message}", exception);
        }

        return temporary;
    }

    /// <summary>Adds the files that will be written to a folder, whatever their names.</summary>
    /// <param name="path">Where they will be; the folder is made as needed.</param>
    /// <returns>The folder to write them to.</returns>
    /// <exception cref="IOException">The place cannot be written to.</exception>
    public string AddFolder(string path)
    {
        string temporary = Path.Combine(path, $"{Guid.NewGuid():N}.partial");
        try
        {
            this.CreateFolder(path);
            Directory.CreateDirectory(temporary);
            this.folders.Add((path, temporary));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{path}' cannot be written to: {exception.Message}", exception);
        }

        return temporary;
    }

    /// <summary>Moves all files to their places. If one cannot be moved, all places are as they were before.</summary>
    /// <param name="last">What belongs to the files and changes something either whole or not at all; if it fails, all places are as they were, too.</param>
    /// <exception cref="UsageException">Two files have the same place.</exception>
    public void Commit(Action? last = null)
    {
        int moved = 0;
        try
        {
            foreach ((string path, string temporary) in this.folders)
            {
                foreach (string file in Directory.EnumerateFiles(temporary).Order(StringComparer.Ordinal))
                {
                    this.AddWritten(Path.Combine(path, Path.GetFileName(file)), file);
                }
            }

            for (; moved < this.files.Count; moved++)
            {
                this.files[moved].Replace();
            }

            last?.Invoke();
        }
        catch
        {
            while (--moved >= 0)
            {
                this.files[moved].Restore();
            }

            throw;
        }

        this.isCommitted = true;
    }

    /// <summary>Removes what is only of use while the run lasts; without <see cref="Commit"/> that is everything.</summary>
    public void Dispose()
    {
        foreach (OutputFile file in this.files)
        {
            file.Clean();
        }

        foreach ((_, string temporary) in this.folders)
        {
            Directory.Delete(temporary, recursive: true);
        }

        for (int index = this.createdFolders.Count - 1; index >= 0 && !this.isCommitted; index--)
        {
            if (!Directory.EnumerateFileSystemEntries(this.createdFolders[index]).Any())
            {
                Directory.Delete(this.createdFolders[index]);
            }
        }
    }

    private void AddWritten(string path, string temporary)
    {
        this.CheckPlace(path);
        this.files.Add(new OutputFile(path, temporary));
    }

    private void CheckPlace(string path)
    {
        if (this.files.Any(file => string.Equals(file.Path, path, PathComparison)))
        {
            throw new UsageException($"Two outputs have the same file '{path}'.");
        }

        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a folder; wanted is a file to write to.");
        }
    }

    private void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (Path.GetDirectoryName(folder) is { } parent)
        {
            this.CreateFolder(parent);
        }

        Directory.CreateDirectory(folder);
        this.createdFolders.Add(folder);
    }

    private sealed class OutputFile(string path, string temporary)
    {
        private readonly string former = temporary + ".former";
        private bool hadFormer;

        public string Path => path;

        /// <summary>Puts the file into its place and keeps what was there.</summary>
        public void Replace()
        {
            if (File.Exists(path))
            {
                File.Move(path, this.former);
                this.hadFormer = true;
            }

            try
            {
                File.Move(temporary, path);
            }
            catch
            {
                this.RestoreFormer();
                throw;
            }
        }

        /// <summary>Undoes <see cref="Replace"/>.</summary>
        public void Restore()
        {
            File.Delete(path);
            this.RestoreFormer();
        }

        public void Clean()
        {
            File.Delete(temporary);
            File.Delete(this.former);
        }

        private void RestoreFormer()
        {
            if (this.hadFormer)
            {
                File.Move(this.former, path);
            }
        }
    }
}
