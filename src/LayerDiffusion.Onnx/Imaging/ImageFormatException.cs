namespace LayerDiffusion.Onnx.Imaging;

/// <summary>Thrown when a file or stream is no image that the reader understands, is damaged, or is larger than the reader was told to accept.</summary>
/// <remarks>The message says what was found and what is wanted, and names the file when it is known.</remarks>
public sealed class ImageFormatException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="ImageFormatException"/> class.</summary>
    public ImageFormatException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ImageFormatException"/> class.</summary>
    /// <param name="message">What was found and what is wanted.</param>
    public ImageFormatException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ImageFormatException"/> class.</summary>
    /// <param name="message">What was found and what is wanted.</param>
    /// <param name="innerException">The error that revealed it.</param>
    public ImageFormatException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    private ImageFormatException(string fileName, ImageFormatException inner)
        : base($"{fileName}: {inner.Message}", inner)
    {
        this.FileName = fileName;
    }

    /// <summary>Gets the path of the file, or null if the image came from a stream or from memory.</summary>
    public string? FileName { get; }

    /// <summary>Makes the same exception with the file's name in front.</summary>
    internal static ImageFormatException InFile(string fileName, ImageFormatException inner) => new(fileName, inner);
}
