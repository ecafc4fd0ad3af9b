using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LayerDiffusion.Onnx.Layers;

/// <summary>Saves stacks to folders, all or nothing.</summary>
internal static class LayerStackWriter
{
    private static readonly JsonWriterOptions Format = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file all or nothing.</summary>
    public delegate void FileWriter(string path, byte[] content);

    public static void Save(LayerStack stack, string folder, FileWriter write)
    {
        string root = Path.GetFullPath(folder);
        string layersFolder = Path.Combine(root, LayerStackFormat.LayersFolder);
        List<string> obsolete = FilesOfOldStack(root);
        List<string> madeFolders = [];
        List<string> madeFiles = [];
        string[] fileNames = new string[stack.Layers.Count];
        try
        {
            MakeFolder(root, madeFolders);
            MakeFolder(layersFolder, madeFolders);
            for (int i = 0; i < fileNames.Length; i++)
            {
                byte[] content = stack.Layers[i].Image.EncodePng();
                fileNames[i] = FreeFileName(layersFolder, i, stack.Layers[i].Name, content, out bool exists);
                if (!exists)
                {
                    string path = Path.Combine(layersFolder, fileNames[i]);
                    madeFiles.Add(path);
                    write(path, content);
                }
            }

            write(Path.Combine(root, LayerStackFormat.StackFile), ToJson(stack, fileNames));
        }
        catch
        {
            Undo(madeFiles, madeFolders);
            throw;
        }

        obsolete.AddRange(LeftOvers(root, layersFolder));
        HashSet<string> kept = new(fileNames, StringComparer.OrdinalIgnoreCase);
        foreach (string path in obsolete)
        {
            if (!kept.Contains(Path.GetFileName(path)))
            {
                TryDo(() => File.Delete(path));
            }
        }
    }

    // A file of that name holds the same picture already, unless somebody changed it; that one is left alone too.
    private static string FreeFileName(string layersFolder, int index, string name, byte[] content, out bool exists)
    {
        for (int copy = 1; ; copy++)
        {
            string fileName = LayerStackFormat.FileNameOf(index, name, content, copy);
            string path = Path.Combine(layersFolder, fileName);
            exists = File.Exists(path);
            if (!exists || (new FileInfo(path).Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content)))
            {
                return fileName;
            }
        }
    }

    private static byte[] ToJson(LayerStack stack, string[] fileNames)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Format))
        {
            json.WriteStartObject();
            json.WriteNumber("version", LayerStackFormat.Version);
            json.WriteNumber("width", stack.Width);
            json.WriteNumber("height", stack.Height);
            json.WriteStartArray("layers");
            for (int i = 0; i < fileNames.Length; i++)
            {
                WriteLayer(json, stack.Layers[i], $"{LayerStackFormat.LayersFolder}/{fileNames[i]}");
                if (json.BytesCommitted + json.BytesPending > LayerStackFormat.MaximumStackFileBytes)
                {
                    throw new InvalidOperationException($"The texts of the stack's layers are larger than the {LayerStackFormat.MaximumStackFileBytes >> 20} MiB that stack.json can hold.");
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteLayer(Utf8JsonWriter json, Layer layer, string file)
    {
        json.WriteStartObject();
        json.WriteString("id", layer.Id);
        json.WriteString("name", layer.Name);
        json.WriteString("file", file);
        json.WriteNumber("width", layer.Image.Width);
        json.WriteNumber("height", layer.Image.Height);
        json.WriteNumber("x", layer.X);
        json.WriteNumber("y", layer.Y);
        WriteText(json, "prompt", layer.Prompt);
        WriteText(json, "negative_prompt", layer.NegativePrompt);

        // As text, because many readers of JSON keep but 53 bits of a number.
        WriteText(json, "seed", layer.Seed?.ToString(CultureInfo.InvariantCulture));
        WriteText(json, "mode", layer.Mode);
        json.WriteNumber("opacity", layer.Opacity);
        json.WriteString("blend_mode", LayerStackFormat.NameOf(layer.BlendMode));
        json.WriteBoolean("visible", layer.IsVisible);
        json.WriteBoolean("locked", layer.IsLocked);
        if (layer.Settings.Length > 0)
        {
            json.WritePropertyName("settings");
            json.WriteRawValue(layer.Settings);
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    private static List<string> FilesOfOldStack(string root)
    {
        List<string> files = [];
        try
        {
            foreach (string fileName in LayerStackReader.ReadFileNames(root))
            {
                files.Add(Path.Combine(root, LayerStackFormat.LayersFolder, fileName));
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            // Without a readable stack there is nothing that belongs to it.
        }

        return files;
    }

    /// <summary>What earlier savings left that were cut off, by a power failure for one.</summary>
    private static List<string> LeftOvers(string root, string layersFolder)
    {
        List<string> files = [];
        TryDo(() =>
        {
            foreach (string path in Directory.EnumerateFiles(root))
            {
                if (LayerStackFormat.IsPartialStackFileName(Path.GetFileName(path)))
                {
                    files.Add(path);
                }
            }

            foreach (string path in Directory.EnumerateFiles(layersFolder))
            {
                if (LayerStackFormat.IsWriterFileName(Path.GetFileName(path)))
                {
                    files.Add(path);
                }
            }
        });
        return files;
    }

    private static void MakeFolder(string path, List<string> made)
    {
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path);
            made.Add(path);
        }
    }

    private static void Undo(List<string> files, List<string> folders)
    {
        foreach (string path in files)
        {
            TryDo(() => File.Delete(path));
        }

        for (int i = folders.Count - 1; i >= 0; i--)
        {
            string path = folders[i];
            TryDo(() => Directory.Delete(path));
        }
    }

    // Tidying up must not hide the error that made it necessary, nor turn a complete saving into an error.
    private static void TryDo(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
