namespace LayerDiffusion.Onnx;

/// <summary>The model package lacks a network that the method called needs.</summary>
public sealed class ModeNotSupportedException : NotSupportedException
{
    /// <summary>Initializes a new instance of the <see cref="ModeNotSupportedException"/> class.</summary>
    public ModeNotSupportedException()
        : this("The model package lacks this mode.")
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ModeNotSupportedException"/> class.</summary>
    /// <param name="message">What was asked for and what the package has.</param>
    public ModeNotSupportedException(string message)
        : base(message) => this.Mode = string.Empty;

    /// <summary>Initializes a new instance of the <see cref="ModeNotSupportedException"/> class.</summary>
    /// <param name="message">What was asked for and what the package has.</param>
    /// <param name="innerException">The cause.</param>
    public ModeNotSupportedException(string message, Exception innerException)
        : base(message, innerException) => this.Mode = string.Empty;

    internal ModeNotSupportedException(string mode, string model, IEnumerable<string> available)
        : base($"Model '{model}' has no '{mode}'; it has {string.Join(", ", available)}.") => this.Mode = mode;

    /// <summary>Gets what the package lacks, by its name in the manifest: a mode such as <c>joint</c> or a part such as <c>transparency_decoder</c>.</summary>
    public string Mode { get; }
}
