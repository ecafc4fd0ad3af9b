namespace LayerDiffusion.Onnx.Packages;

/// <summary>One ONNX graph of a package: what it declares, and how to get at its bytes.</summary>
internal sealed class ModelGraph
{
    /// <summary>The name of the file in a graph's folder.</summary>
    public const string FileName = "model.onnx";

    private readonly PackageFiles files;

    private ModelGraph(PackageFiles files, string name, OnnxGraph declaration, long size)
    {
        this.files = files;
        this.Name = name;
        this.Declaration = declaration;
        this.SizeInBytes = size;
    }

    /// <summary>Gets the path within the package, such as <c>unet/model.onnx</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the name for messages, with the folder or zip before it.</summary>
    public string FullName => this.files.NameOf(this.Name);

    /// <summary>Gets the path in the file system, or <see langword="null"/> if the graph lies in a zip: then <see cref="ReadAllBytes"/> is the way.</summary>
    public string? FilePath => this.files.FilePathOf(this.Name);

    /// <summary>Gets the size of the graph and its external weights, in bytes, unpacked.</summary>
    public long SizeInBytes { get; }

    /// <summary>Gets what the file declares.</summary>
    public OnnxGraph Declaration { get; }

    /// <summary>Gets the inputs; those with a default value are marked optional.</summary>
    public IReadOnlyList<OnnxTensor> Inputs => this.Declaration.Inputs;

    /// <summary>Gets the outputs.</summary>
    public IReadOnlyList<OnnxTensor> Outputs => this.Declaration.Outputs;

    /// <summary>Reads the graph in a folder of the package and checks where its external weights lie.</summary>
    /// <exception cref="ModelFormatException">The file is missing or damaged, or its external weights are.</exception>
    public static ModelGraph Load(PackageFiles files, string folder)
    {
        string name = $"{folder}/{FileName}";
        files.Require(name, "the ONNX graph");
        long length = files.LengthOf(name);
        OnnxGraph declaration;
        using (Stream stream = files.OpenRead(name))
        {
            declaration = OnnxGraphReader.Read(stream, length, files.NameOf(name));
        }

        return new ModelGraph(files, name, declaration, length + CheckExternalData(files, folder, name, declaration.ExternalData));
    }

    /// <summary>Reads the whole graph file. External weights are not part of it.</summary>
    public byte[] ReadAllBytes() => this.files.ReadAllBytes(this.Name);

    /// <summary>The input of that name, or <see langword="null"/>.</summary>
    public OnnxTensor? FindInput(string name) => Find(this.Inputs, name);

    /// <summary>The output of that name, or <see langword="null"/>.</summary>
    public OnnxTensor? FindOutput(string name) => Find(this.Outputs, name);

    private static OnnxTensor? Find(IReadOnlyList<OnnxTensor> tensors, string name)
    {
        foreach (OnnxTensor tensor in tensors)
        {
            if (tensor.Name == name)
            {
                return tensor;
            }
        }

        return null;
    }

    // Returns the bytes of the files beside the graph.
    private static long CheckExternalData(PackageFiles files, string folder, string name, IReadOnlyList<OnnxExternalData> externalData)
    {
        Dictionary<string, long> lengths = new(StringComparer.Ordinal);
        foreach (OnnxExternalData data in externalData)
        {
            string tensor = PackagePath.Quote(data.Tensor);
            if (files.FilePathOf(name) is null)
            {
                throw new ModelFormatException(files.NameOf(name), "a graph with all its weights inside, as it lies in a zip", $"external weights (unpack the zip and open the folder); tensor {tensor} is in {PackagePath.Quote(data.Location)}");
            }

            if (!PackagePath.TryNormalize(data.Location, out string location))
            {
                throw new ModelFormatException(files.NameOf(name), "external weights in a file beside the graph", $"tensor {tensor} in {PackagePath.Quote(data.Location)}");
            }

            string path = $"{folder}/{location}";
            if (!lengths.TryGetValue(path, out long length))
            {
                files.Require(path, $"the external weights of {name}");
                length = files.LengthOf(path);
                lengths.Add(path, length);
            }

            if (data.Offset > length || data.Length > length - data.Offset)
            {
                throw new ModelFormatException(
                    files.NameOf(path),
                    $"{data.Length} bytes from {data.Offset} on for tensor {tensor} of {name}",
                    $"a file of {length} bytes");
            }
        }

        return lengths.Values.Sum();
    }
}
