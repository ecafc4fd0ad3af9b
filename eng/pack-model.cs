// Zips a model folder so that the same files always give the same bytes: names in ordinal order, one fixed time, best compression.
//   dotnet run eng/pack-model.cs FOLDER ZIP [LEFT-OUT ...]
using System.IO.Compression;

if (args.Length < 2)
{
    Console.Error.WriteLine("Usage: dotnet run eng/pack-model.cs FOLDER ZIP [LEFT-OUT ...]");
    return 2;
}

(string folder, string zip) = (args[0], args[1]);
HashSet<string> leftOut = [.. args[2..]];
string[] names = [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
    .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
    .Where(name => !leftOut.Contains(name.Split('/')[0]))
    .Order(StringComparer.Ordinal)];
using (ZipArchive archive = new(File.Create(zip), ZipArchiveMode.Create))
{
    foreach (string name in names)
    {
        ZipArchiveEntry entry = archive.CreateEntry(name, CompressionLevel.SmallestSize);
        entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
        // A plain file that everybody may read and its owner write, on every system.
        entry.ExternalAttributes = Convert.ToInt32("100644", 8) << 16;
        using Stream target = entry.Open();
        using FileStream source = File.OpenRead(Path.Combine(folder, name));
        source.CopyTo(target);
    }
}

Console.WriteLine(FormattableString.Invariant($"{names.Length} files, {new FileInfo(zip).Length} bytes: {zip}"));
return 0;
