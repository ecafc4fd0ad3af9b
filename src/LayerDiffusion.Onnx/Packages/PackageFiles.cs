using System.Text.Json;
using System.Text.Unicode;

namespace LayerDiffusion.Onnx.Packages;

/// <summary>The files of a model package, wherever they lie. Paths are relative, checked by <see cref="PackagePath"/>, and separated by <c>/</c>.</summary>
internal abstract class PackageFiles : IDisposable
{
    /// <summary>Configuration and tokenizer files are far smaller; nothing larger is read into memory.</summary>
    private const long MaximumTextLength = 64L << 20;

    private static readonly JsonDocumentOptions JsonOptions = new() { AllowDuplicateProperties = false };

    protected PackageFiles(string location) => this.Location = location;

    /// <summary>Gets the folder or zip, for messages.</summary>
    public string Location { get; }

    /// <summary>Whether there is such a file.</summary>
    /// <exception cref="ModelFormatException">There is, but it is a link that leaves the package.</exception>
    public abstract bool Exists(string path);

    /// <summary>The length of an existing file, in bytes.</summary>
    public abstract long LengthOf(string path);

    /// <summary>The path in the file system, or <see langword="null"/> in a zip.</summary>
    public abstract string? FilePathOf(string path);

    /// <summary>Opens an existing file. The stream may be unable to seek.</summary>
    public abstract Stream OpenRead(string path);

    /// <summary>The names of a few files, to say what was found instead of the wanted one.</summary>
    public abstract IReadOnlyList<string> SomeFiles();

    /// <summary>The name of a file in messages: with the folder or zip before it.</summary>
    public string NameOf(string path) => $"{this.Location.TrimEnd('/', '\\')}/{path}";

    /// <summary>Throws unless the file exists.</summary>
    public void Require(string path, string what)
    {
        if (!this.Exists(path))
        {
            throw new ModelFormatException(this.NameOf(path), what, "no such file");
        }
    }

    /// <summary>Reads a whole file.</summary>
    public virtual byte[] ReadAllBytes(string path)
    {
        long length = this.LengthOf(path);
        if (length > Array.MaxLength)
        {
            throw new ModelFormatException(this.NameOf(path), $"at most {Array.MaxLength} bytes to be read into memory", $"{length} bytes");
        }

        try
        {
            using Stream stream = this.OpenRead(path);
            byte[] bytes = new byte[length];
            int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return read == length && stream.ReadByte() < 0
                ? bytes
                : throw new ModelFormatException(this.NameOf(path), $"{length} bytes", read < length ? $"{read} bytes" : "more");
        }
        catch (InvalidDataException exception)
        {
            throw new ModelFormatException(this.NameOf(path), "data that can be inflated", exception.Message, exception);
        }
    }

    /// <summary>Reads a small file of text: configuration, vocabulary.</summary>
    public byte[] ReadText(string path)
    {
        long length = this.LengthOf(path);
        return length <= MaximumTextLength
            ? this.ReadAllBytes(path)
            : throw new ModelFormatException(this.NameOf(path), $"a text file of at most {MaximumTextLength} bytes", $"{length} bytes");
    }

    /// <summary>Parses a JSON file whose root is an object.</summary>
    public JsonField ReadJson(string path)
    {
        ReadOnlyMemory<byte> text = this.ReadText(path);
        if (text.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            text = text[3..];
        }

        if (!Utf8.IsValid(text.Span))
        {
            throw new ModelFormatException(this.NameOf(path), "JSON in UTF-8", "other bytes");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(text, JsonOptions);
            return JsonField.Root(document.RootElement.Clone(), this.NameOf(path));
        }

        // The search for duplicate names throws the second kind where a name is not valid Unicode.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ModelFormatException(this.NameOf(path), "JSON", exception.Message, exception);
        }
    }

    /// <summary>Parses a JSON file if it exists.</summary>
    public JsonField? TryReadJson(string path) => this.Exists(path) ? this.ReadJson(path) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        this.Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
