using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>
/// One entry of the cache of optimized graphs: a folder named after everything the optimized graph depends on, with the graph, its weights, and a list of both,
/// written last. A folder whose files are not those of the list counts as absent.
/// </summary>
internal sealed class OptimizedModel
{
    /// <summary>The name of the file of weights.</summary>
    public const string DataName = "model.onnx_data";

    private const string GraphName = "model.onnx";
    private const string ListName = "files.txt";

    private readonly string folder;

    /// <summary>Initializes a new instance of the <see cref="OptimizedModel"/> class.</summary>
    /// <param name="cache">The folder of all entries.</param>
    /// <param name="file">The graph.</param>
    /// <param name="settings">How it is loaded.</param>
    public OptimizedModel(string cache, GraphFile file, SessionSettings settings) =>
        this.folder = Path.Combine(Path.GetFullPath(cache), $"{file.Label}-{KeyOf(file, settings)}");

    /// <summary>Gets the path of the optimized graph, or <see langword="null"/> if there is no whole one.</summary>
    public string? FindPath()
    {
        string path = Path.Combine(this.folder, GraphName);
        try
        {
            return File.ReadAllText(Path.Combine(this.folder, ListName)) == ListOf(this.folder) ? path : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Loads a graph and keeps what ONNX Runtime made of it. If it cannot be kept, for want of room or rights, it is loaded all the same.</summary>
    /// <param name="load">Loads the graph and writes the optimized one to the path it is given, or nowhere if that is <see langword="null"/>.</param>
    public LoadedSession Write(Func<string?, LoadedSession> load)
    {
        string temporary = $"{this.folder}.{Guid.NewGuid():N}.partial";
        try
        {
            Directory.CreateDirectory(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return load(null);
        }

        try
        {
            LoadedSession loaded = load(Path.Combine(temporary, GraphName));
            this.Keep(temporary);
            return loaded;
        }
        finally
        {
            Discard(temporary);
        }
    }

    // The folder appears whole or not at all; another process may have made it meanwhile.
    private void Keep(string temporary)
    {
        try
        {
            File.WriteAllText(Path.Combine(temporary, ListName), ListOf(temporary));
            Discard(this.folder);
            Directory.Move(temporary, this.folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void Discard(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    // The graph is small enough for a check sum, the weights are told by their length.
    private static string ListOf(string folder)
    {
        using FileStream graph = File.OpenRead(Path.Combine(folder, GraphName));
        FileInfo data = new(Path.Combine(folder, DataName));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{GraphName} {graph.Length} {System.Convert.ToHexStringLower(SHA256.HashData(graph))}\n{DataName} {(data.Exists ? data.Length : 0)}\n");
    }

    private static string KeyOf(GraphFile file, SessionSettings settings)
    {
        StringBuilder key = new();
        key.AppendLine("4");
        key.AppendLine(OrtEnv.Instance().GetVersionString());
        key.AppendLine(settings.Device.ToString());
        key.AppendLine(settings.OptimizeLayout ? "layout" : string.Empty);
        key.AppendLine(file.UseIntegers ? string.Create(CultureInfo.InvariantCulture, $"integers up to {IntegerProducts.LargestWeight}") : string.Empty);
        key.AppendLine(file.FuseAttention ? "attention" : string.Empty);
        if (file.IsCaptured)
        {
            key.AppendLine("CUDA graphs");
        }

        // The layout of convolution weights depends on the width of the processor's vectors.
        key.AppendLine(CultureInfo.InvariantCulture, $"{RuntimeInformation.OSArchitecture} {Avx2.IsSupported} {Avx512F.IsSupported}");
        if (file.Path is null)
        {
            key.AppendLine(System.Convert.ToHexString(SHA256.HashData(file.ReadAllBytes!())));
        }
        else
        {
            foreach (string path in file.DataFiles.Prepend(file.Path))
            {
                FileInfo source = new(path);
                key.AppendLine(CultureInfo.InvariantCulture, $"{source.FullName} {source.Length} {source.LastWriteTimeUtc.Ticks}");
            }
        }

        return System.Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString())))[..32];
    }
}
