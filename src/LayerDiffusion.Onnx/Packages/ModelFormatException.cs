namespace LayerDiffusion.Onnx.Packages;

/// <summary>
/// A model package cannot be used: a file is missing or damaged, a path leaves the folder, or a graph lacks what the package format asks of it.
/// The message says which file, what was expected and what was found.
/// </summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="ModelFormatException"/> class.</summary>
    /// <param name="fileName">The file at fault, with the folder or zip it lies in.</param>
    /// <param name="expected">What the package format asks for, as the end of "expected …".</param>
    /// <param name="found">What there is instead, as the end of "found …".</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public ModelFormatException(string fileName, string expected, string found, Exception? innerException = null)
        : base($"{fileName}: expected {expected}; found {found}", innerException)
    {
        this.FileName = fileName;
        this.Expected = expected;
        this.Found = found;
    }

    /// <summary>Gets the file at fault, with the folder or zip it lies in.</summary>
    public string FileName { get; }

    /// <summary>Gets what the package format asks for.</summary>
    public string Expected { get; }

    /// <summary>Gets what there is instead.</summary>
    public string Found { get; }
}
