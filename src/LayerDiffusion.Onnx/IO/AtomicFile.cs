namespace LayerDiffusion.Onnx.IO;

/// <summary>Writes a file all or nothing: readers see the old content or the new one, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>Writes to a temporary file beside <paramref name="path"/> and moves it into place when <paramref name="write"/> has returned.</summary>
    /// <exception cref="IOException">The folder is not there or is none, the path is that of a folder, or the file cannot be written; the temporary file is gone and an existing file is untouched.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string fullPath = CheckPlace(path);
        string temporary = TemporaryFor(fullPath);
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
            }

            File.Move(temporary, fullPath, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Finds out before long work whether <see cref="Write"/> can put a file at <paramref name="path"/>; leaves nothing behind.</summary>
    /// <exception cref="IOException">The folder is not there or is none, or the path is that of a folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static void CheckWritable(string path)
    {
        string temporary = TemporaryFor(CheckPlace(path));
        using FileStream probe = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
    }

    private static string TemporaryFor(string fullPath) => $"{fullPath}.{Guid.NewGuid():N}.partial";

    // Said of the file that is asked for: the system's own messages would name the temporary one.
    private static string CheckPlace(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string fullPath = Path.GetFullPath(path);
        if (Directory.Exists(fullPath) || Path.EndsInDirectorySeparator(fullPath))
        {
            throw new IOException($"'{fullPath}' is a folder, wanted the path of a file.");
        }

        return Directory.Exists(Path.GetDirectoryName(fullPath))
            ? fullPath
            : throw new DirectoryNotFoundException($"There is no folder '{Path.GetDirectoryName(fullPath)}' for the file '{fullPath}'.");
    }
}
