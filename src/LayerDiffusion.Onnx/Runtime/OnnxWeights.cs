using System.Globalization;
using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Runtime;

/// <summary>The values of a graph's tensors while it is rewritten: reads those that lie in another file, and puts large new ones into a file of their own.</summary>
internal sealed class OnnxWeights
{
    private const string GraphName = "model.onnx";
    private const string DataName = GraphName + "_data";

    // Larger tensors go to the file of external weights if there is one.
    private const int LargestInside = 1024;

    private readonly byte[] file;
    private readonly string? sourceFolder;
    private readonly Stream? data;
    private readonly CancellationToken cancellationToken;

    /// <summary>Initializes a new instance of the <see cref="OnnxWeights"/> class for a graph with all its weights inside.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="cancellationToken">Cancels between two weights.</param>
    public OnnxWeights(byte[] file, CancellationToken cancellationToken)
    {
        this.file = file;
        this.cancellationToken = cancellationToken;
    }

    private OnnxWeights(byte[] file, string sourceFolder, Stream data, CancellationToken cancellationToken)
        : this(file, cancellationToken)
    {
        this.sourceFolder = sourceFolder;
        this.data = data;
    }

    /// <summary>Gets a value indicating whether external weights come along into a new file.</summary>
    public bool HasFile => this.data is not null;

    /// <summary>Rewrites a graph of any size to <c>model.onnx</c> and <c>model.onnx_data</c> in a folder.</summary>
    /// <param name="file">The graph.</param>
    /// <param name="sourceFolder">Where its external weights lie.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="rewrite">Makes the new graph.</param>
    /// <param name="cancellationToken">Cancels between two weights.</param>
    /// <returns>The path of the new graph.</returns>
    /// <exception cref="InvalidDataException">The graph is damaged.</exception>
    public static string Rewrite(byte[] file, string sourceFolder, string folder, Func<OnnxWeights, OnnxMessage> rewrite, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, GraphName);
        using FileStream data = File.Create(Path.Combine(folder, DataName));
        OnnxMessage message = rewrite(new OnnxWeights(file, sourceFolder, data, cancellationToken));
        using FileStream graph = File.Create(path);
        message.Write(file, graph);
        return path;
    }

    /// <summary>Reads the bytes of a tensor that lie in another file.</summary>
    /// <exception cref="InvalidDataException">There is no such file, or it is too short.</exception>
    public byte[] ReadExternal(Range tensor)
    {
        this.cancellationToken.ThrowIfCancellationRequested();
        OnnxExternalValues values = OnnxExternalValues.Read(this.file, tensor);
        if (this.sourceFolder is null)
        {
            throw new InvalidDataException("The ONNX graph has external weights without a file.");
        }

        using FileStream source = File.OpenRead(Path.Combine(this.sourceFolder, values.Location));
        source.Position = values.Offset;
        long length = values.Length ?? source.Length - source.Position;
        if (length > source.Length - source.Position)
        {
            throw new InvalidDataException($"The ONNX graph wants {length} bytes of '{values.Location}' from {values.Offset} on, which has {source.Length}.");
        }

        byte[] bytes = new byte[checked((int)length)];
        source.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Gives a tensor its values: inside if they are few or there is no file, else in the file.</summary>
    public void AddValues(OnnxMessage tensor, byte[] values)
    {
        this.cancellationToken.ThrowIfCancellationRequested();
        if (this.data is null || values.Length <= LargestInside)
        {
            tensor.Add(OnnxSchema.Tensor.RawData, values);
            return;
        }

        // Page-aligned, so that the weights can be mapped.
        this.data.Position = (this.data.Position + 4095) & ~4095L;
        foreach ((string key, string value) in (ReadOnlySpan<(string, string)>)[
            ("location", DataName),
            ("offset", this.data.Position.ToString(CultureInfo.InvariantCulture)),
            ("length", values.Length.ToString(CultureInfo.InvariantCulture))])
        {
            OnnxMessage pair = new();
            pair.Add(OnnxSchema.Entry.Key, key);
            pair.Add(OnnxSchema.Entry.Value, value);
            tensor.Add(OnnxSchema.Tensor.ExternalData, pair);
        }

        tensor.Add(OnnxSchema.Tensor.Location, OnnxSchema.Tensor.ExternalLocation);
        this.data.Write(values);
    }
}
