using System.Runtime.InteropServices;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>
/// A model folder or zip, read and checked: its settings, and its graphs by what they are for. Nothing is loaded that is not asked for.
/// </summary>
internal sealed class ModelPackage : IDisposable
{
    /// <summary>The VAE encoder's output that holds mean and log-variance.</summary>
    public const string LatentParameters = "latent_parameters";

    private readonly PackageFiles files;

    internal ModelPackage(PackageFiles files, ModelManifest manifest)
    {
        this.files = files;
        this.Name = manifest.Name;
        this.License = manifest.License;
        this.Family = manifest.Family;
        this.SizeMultiple = manifest.SizeMultiple;
        this.DefaultSize = manifest.DefaultSize ?? (manifest.Family == ModelFamily.StableDiffusionXL ? (1024, 1024) : (512, 512));
        this.Defaults = manifest.Defaults;
        this.Text = manifest.Text;
    }

    /// <summary>Gets the folder or zip.</summary>
    public string Location => this.files.Location;

    /// <summary>Gets the name the package gives itself, or that of its folder.</summary>
    public string Name { get; }

    /// <summary>Gets the licence of the weights, or <see langword="null"/> if the package states none.</summary>
    public string? License { get; }

    /// <summary>Gets the architecture.</summary>
    public ModelFamily Family { get; }

    /// <summary>Gets the number of pixels that width and height must be multiples of.</summary>
    public int SizeMultiple { get; }

    /// <summary>Gets the size the model draws best, in pixels.</summary>
    public (int Width, int Height) DefaultSize { get; }

    /// <summary>Gets the recommended settings.</summary>
    public ModelDefaults Defaults { get; }

    /// <summary>Gets how a prompt becomes what the UNet takes.</summary>
    public TextSettings Text { get; }

    /// <summary>Gets the transparency codec, or <see langword="null"/> if the model only draws opaque pictures.</summary>
    public TransparencyDefinition? Transparency { get; internal init; }

    /// <summary>Gets the UNets by mode.</summary>
    public required IReadOnlyDictionary<string, UnetDefinition> Unets { get; init; }

    /// <summary>Gets the text encoders: one, or two for SDXL.</summary>
    public required IReadOnlyList<TextEncoderDefinition> TextEncoders { get; init; }

    /// <summary>Gets the VAE encoder.</summary>
    public required ModelGraph VaeEncoder { get; init; }

    /// <summary>Gets the VAE decoder.</summary>
    public required ModelGraph VaeDecoder { get; init; }

    /// <summary>Gets a value indicating whether the VAE encoder gives mean and log-variance; otherwise it gives a latent, without room for the transparency offset.</summary>
    public bool VaeEncoderGivesParameters => this.VaeEncoder.FindOutput(LatentParameters) is not null;

    /// <summary>Gets the factor from the VAE's latent to the UNet's: latent · factor, after subtracting <see cref="VaeShiftFactor"/>.</summary>
    public required double VaeScalingFactor { get; init; }

    /// <summary>Gets what is subtracted from the VAE's latent before scaling; 0 for most models.</summary>
    public required double VaeShiftFactor { get; init; }

    /// <summary>Gets the number of channels of a latent.</summary>
    public required int LatentChannels { get; init; }

    /// <summary>Gets a value indicating whether the embeddings are zeros where no negative prompt is given.</summary>
    public required bool ForceZerosForEmptyPrompt { get; init; }

    /// <summary>Gets the scheduler's configuration: UTF-8 JSON in diffusers' form.</summary>
    public required ReadOnlyMemory<byte> SchedulerConfig { get; init; }

    /// <summary>Gets all graphs, each once, in the order of their names.</summary>
    public required IReadOnlyList<ModelGraph> Graphs { get; init; }

    /// <summary>Opens a folder or a zip of one.</summary>
    /// <exception cref="FileNotFoundException">There is neither a folder nor a file of that name.</exception>
    /// <exception cref="ModelFormatException">The package is incomplete or damaged.</exception>
    public static ModelPackage Open(string path, ZipLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            return ModelPackageReader.Read(new FolderPackageFiles(path), Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))));
        }

        return File.Exists(path)
            ? OpenZip(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), path, limits)
            : throw new FileNotFoundException($"There is no model folder or zip '{path}'.", path);
    }

    /// <summary>Opens a zip.</summary>
    /// <param name="stream">The zip, able to seek; it belongs to the package from now on and is disposed with it, or at once if this fails.</param>
    /// <param name="name">Its name in messages; also the package's, without <c>.zip</c>, if the package gives itself none.</param>
    /// <param name="limits">What the zip may ask for; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ModelFormatException">The package is incomplete or damaged.</exception>
    public static ModelPackage OpenZip(Stream stream, string name, ZipLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return stream.CanSeek
            ? ModelPackageReader.Read(new ZipPackageFiles(stream, name, limits ?? new ZipLimits()), Path.GetFileNameWithoutExtension(name))
            : throw new ArgumentException("A zip needs a stream that can seek.", nameof(stream));
    }

    /// <summary>Opens a zip in memory. See <see cref="OpenZip(Stream, string, ZipLimits?)"/>.</summary>
    /// <exception cref="ModelFormatException">The package is incomplete or damaged.</exception>
    public static ModelPackage OpenZip(ReadOnlyMemory<byte> zip, string name, ZipLimits? limits = null)
    {
        ArraySegment<byte> bytes = MemoryMarshal.TryGetArray(zip, out ArraySegment<byte> segment) ? segment : zip.ToArray();
        return OpenZip(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false), name, limits);
    }

    /// <summary>The name of one of its files for messages, with the folder or zip before it.</summary>
    public string NameOf(string path) => this.files.NameOf(path);

    /// <summary>Describes the package for people.</summary>
    public ModelInfo Describe() => new(
        this.Name,
        this.Location,
        this.License,
        this.Family,
        this.Transparency is not null,
        [.. this.Unets.Keys],
        this.SizeMultiple,
        this.DefaultSize.Width,
        this.DefaultSize.Height,
        [.. this.Graphs.Select(graph => new ModelGraphInfo(graph.Name, graph.SizeInBytes, Describe(graph.Inputs), Describe(graph.Outputs)))],
        this.Graphs.Sum(graph => graph.SizeInBytes));

    /// <summary>Closes the zip, if it is one. Graphs can no longer be read then.</summary>
    public void Dispose() => this.files.Dispose();

    private static List<ModelTensorInfo> Describe(IReadOnlyList<OnnxTensor> tensors) =>
        [.. tensors.Select(tensor => new ModelTensorInfo(tensor.Name, tensor.ElementTypeText, tensor.ShapeText, tensor.IsOptional))];
}
