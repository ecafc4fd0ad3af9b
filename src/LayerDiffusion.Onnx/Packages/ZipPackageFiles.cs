using System.IO.Compression;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>A model package in a zip. Files are inflated when they are read; nothing is written to disk.</summary>
internal sealed class ZipPackageFiles : PackageFiles
{
    private const string MetadataFolder = "__MACOSX/";

    // The archive has one stream with one position.
    private readonly Lock gate = new();
    private readonly ZipArchive archive;
    private readonly Dictionary<string, ZipArchiveEntry> entries;

    /// <summary>Opens a zip and checks its directory.</summary>
    /// <param name="stream">The zip; it must be able to seek and is disposed with this object, also when this constructor fails.</param>
    /// <param name="location">The name of the zip in messages.</param>
    /// <param name="limits">What it may ask for.</param>
    public ZipPackageFiles(Stream stream, string location, ZipLimits limits)
        : base(location)
    {
        try
        {
            long length = stream.Length;
            this.archive = new ZipArchive(stream, ZipArchiveMode.Read);
            this.entries = Strip(this.ReadDirectory(limits, length));
        }
        catch (Exception exception)
        {
            this.archive?.Dispose();
            stream.Dispose();
            if (exception is InvalidDataException or IOException or OverflowException or ArgumentException)
            {
                throw new ModelFormatException(location, "an undamaged zip", exception.Message, exception);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public override bool Exists(string path) => this.entries.ContainsKey(path);

    /// <inheritdoc/>
    public override long LengthOf(string path) => this.entries[path].Length;

    /// <inheritdoc/>
    public override string? FilePathOf(string path) => null;

    /// <inheritdoc/>
    public override Stream OpenRead(string path)
    {
        try
        {
            return this.entries[path].Open();
        }
        catch (InvalidDataException exception)
        {
            throw new ModelFormatException(this.NameOf(path), "a file stored or deflated without encryption", exception.Message, exception);
        }
    }

    /// <inheritdoc/>
    public override byte[] ReadAllBytes(string path)
    {
        lock (this.gate)
        {
            return base.ReadAllBytes(path);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> SomeFiles() => [.. this.entries.Keys.Order(StringComparer.Ordinal).Take(20)];

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (this.gate)
            {
                this.archive.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    // A zip of the folder itself has everything one level down.
    private static Dictionary<string, ZipArchiveEntry> Strip(Dictionary<string, ZipArchiveEntry> entries)
    {
        string? first = entries.Keys.FirstOrDefault();
        int slash = first?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        if (slash < 0)
        {
            return entries;
        }

        string prefix = first![..(slash + 1)];
        return entries.Keys.All(name => name.StartsWith(prefix, StringComparison.Ordinal))
            ? entries.ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value, StringComparer.Ordinal)
            : entries;
    }

    private Dictionary<string, ZipArchiveEntry> ReadDirectory(ZipLimits limits, long archiveLength)
    {
        Dictionary<string, ZipArchiveEntry> files = new(StringComparer.Ordinal);
        HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
        long total = 0;
        foreach (ZipArchiveEntry entry in this.archive.Entries)
        {
            string shown = PackagePath.Quote(entry.FullName);
            if (!PackagePath.TryNormalize(entry.FullName, out string name))
            {
                throw this.Refused("paths that stay within the archive", $"the entry {shown}");
            }

            if (entry.FullName[^1] is '/' or '\\' || name.StartsWith(MetadataFolder, StringComparison.Ordinal))
            {
                continue;
            }

            // Names that differ only in case are one file on some systems, and which one it would be is anybody's guess.
            if (!names.Add(name))
            {
                throw this.Refused("every file once", $"the entry {shown} twice");
            }

            this.CheckEntry(entry, shown, limits, archiveLength);
            total += entry.Length;
            files.Add(name, entry);
            if (files.Count > limits.MaximumEntries)
            {
                throw this.Refused($"at most {limits.MaximumEntries} files", "more");
            }

            if (total > limits.MaximumTotalBytes || (total > limits.FreeBytes && total > limits.MaximumRatio * archiveLength))
            {
                throw this.Refused($"at most {limits.MaximumTotalBytes} bytes, and at most {limits.MaximumRatio} times the archive's {archiveLength}", $"files that inflate to {total} bytes or more");
            }
        }

        return files;
    }

    private void CheckEntry(ZipArchiveEntry entry, string shown, ZipLimits limits, long archiveLength)
    {
        const int FileTypeMask = 0xF000;
        const int SymbolicLink = 0xA000;
        if (entry.IsEncrypted)
        {
            throw this.Refused("files without encryption", $"the encrypted entry {shown}");
        }

        if (((entry.ExternalAttributes >> 16) & FileTypeMask) == SymbolicLink)
        {
            throw this.Refused("files", $"the entry {shown}, a symbolic link");
        }

        if (entry.Length < 0 || entry.Length > limits.MaximumEntryBytes)
        {
            throw this.Refused($"files of at most {limits.MaximumEntryBytes} bytes (unpack the archive and open the folder)", $"the entry {shown} of {entry.Length} bytes");
        }

        if (entry.CompressedLength < 0 || entry.CompressedLength > archiveLength)
        {
            throw this.Refused($"entries within the archive's {archiveLength} bytes", $"the entry {shown} of {entry.CompressedLength} packed bytes");
        }

        if (entry.Length > limits.FreeBytes && entry.Length > limits.MaximumRatio * entry.CompressedLength)
        {
            throw this.Refused($"files that inflate to at most {limits.MaximumRatio} times their packed size", $"the entry {shown}, {entry.CompressedLength} bytes that inflate to {entry.Length}");
        }
    }

    private ModelFormatException Refused(string expected, string found) => new(this.Location, expected, found);
}
