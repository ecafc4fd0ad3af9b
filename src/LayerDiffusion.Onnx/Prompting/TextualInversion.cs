using LayerDiffusion.Onnx.IO;

namespace LayerDiffusion.Onnx.Prompting;

/// <summary>
/// Learned vectors that a made-up word stands for ("textual inversion", Gal et al. 2022). Loaded from .safetensors only: the older .pt and .bin files are pickles, which can run code.
/// </summary>
public sealed class TextualInversion
{
    private const string FirstEncoderKey = "clip_l";
    private const string SecondEncoderKey = "clip_g";
    private const string WebUiKey = "emb_params";
    private const string PickleKey = "string_to_param";

    // No chunk of a prompt holds more; a larger file is something else, such as a whole model.
    private const int MostVectors = 1024;
    private const int LargestWidth = 16384;

    private readonly List<(int Width, float[] Values)> tensors;

    private TextualInversion(string token, string path, int vectorCount, List<(int Width, float[] Values)> tensors)
    {
        this.Token = token;
        this.Path = path;
        this.VectorCount = vectorCount;
        this.tensors = tensors;
        this.Widths = [.. tensors.ConvertAll(static tensor => tensor.Width)];
    }

    /// <summary>Gets the text that stands for the vectors in a prompt.</summary>
    public string Token { get; }

    /// <summary>Gets the path of the file.</summary>
    public string Path { get; }

    /// <summary>Gets the number of vectors, each of which takes the place of one token.</summary>
    public int VectorCount { get; }

    /// <summary>Gets the widths of the vectors: one for SD 1.5 (768), two for SDXL (768 and 1280, in the order of the text encoders).</summary>
    public IReadOnlyList<int> Widths { get; }

    /// <summary>
    /// Loads an embedding. The file holds <c>clip_l</c> and <c>clip_g</c> (SDXL), or <c>emb_params</c> or <c>string_to_param</c> (AUTOMATIC1111 web UI), or one tensor named by its token (diffusers);
    /// each is [n, width], or [width] for one vector.
    /// </summary>
    /// <param name="path">A .safetensors file.</param>
    /// <param name="token">The text that stands for it; null for the tensor's name in a file of diffusers, else the file's name without extension.</param>
    /// <returns>The embedding.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no embedding; the message says what was found.</exception>
    public static TextualInversion Load(string path, string? token = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafetensorsFile file = SafetensorsFile.Open(path);
        List<string> names = TensorNames(file, path, out string? tokenInFile);
        token ??= tokenInFile ?? System.IO.Path.GetFileNameWithoutExtension(path);
        if (string.IsNullOrWhiteSpace(token))
        {
            throw new ArgumentException("The token is blank, wanted a text that a prompt can hold.", nameof(token));
        }

        int vectorCount = 0;
        List<(int Width, float[] Values)> tensors = [];
        foreach (string name in names)
        {
            long[] shape = file.Tensors[name].Shape;
            long rows = shape.Length == 2 ? shape[0] : 1;
            if (shape.Length is not (1 or 2) || rows is < 1 or > MostVectors || shape[^1] is < 1 or > LargestWidth)
            {
                throw new InvalidDataException($"'{path}': the tensor '{name}' has the shape [{string.Join(", ", shape)}], wanted [n, width] with 1 to {MostVectors} vectors of width 1 to {LargestWidth}.");
            }

            if (vectorCount != 0 && rows != vectorCount)
            {
                throw new InvalidDataException($"'{path}': '{names[0]}' holds {vectorCount} vectors, '{name}' {rows}; wanted as many for each text encoder.");
            }

            float[] values = file.ReadSingle(name);
            if (!System.Numerics.Tensors.TensorPrimitives.IsFiniteAll<float>(values))
            {
                throw new InvalidDataException($"'{path}': the tensor '{name}' has values that are not finite.");
            }

            vectorCount = (int)rows;
            tensors.Add(((int)shape[^1], values));
        }

        return new TextualInversion(token, path, vectorCount, tensors);
    }

    /// <summary>Gets the vectors for a text encoder.</summary>
    /// <param name="width">Width of its token embeddings.</param>
    /// <returns>[<see cref="VectorCount"/>, <paramref name="width"/>], row-major.</returns>
    /// <exception cref="InvalidDataException">The embedding has none of that width: it was made for another model family.</exception>
    public ReadOnlySpan<float> Vectors(int width)
    {
        foreach ((int found, float[] values) in this.tensors)
        {
            if (found == width)
            {
                return values;
            }
        }

        throw new InvalidDataException($"'{this.Path}': the vectors are {string.Join(" and ", this.Widths)} wide, the text encoder wants {width}; the embedding was made for another model family.");
    }

    private static List<string> TensorNames(SafetensorsFile file, string path, out string? token)
    {
        token = null;
        List<string> names = [];
        foreach (string key in (ReadOnlySpan<string>)[FirstEncoderKey, SecondEncoderKey])
        {
            if (file.Tensors.ContainsKey(key))
            {
                names.Add(key);
            }
        }

        if (names.Count > 0)
        {
            return names;
        }

        foreach (string key in file.Tensors.Keys)
        {
            if (key == WebUiKey || key.StartsWith(PickleKey, StringComparison.Ordinal))
            {
                return [key];
            }
        }

        if (file.Tensors.Count != 1)
        {
            throw new InvalidDataException($"'{path}' holds {file.Tensors.Count} tensors, wanted '{FirstEncoderKey}' and '{SecondEncoderKey}', or '{WebUiKey}', or '{PickleKey}', or a single one.");
        }

        foreach (string key in file.Tensors.Keys)
        {
            token = key;
        }

        return [token!];
    }
}
