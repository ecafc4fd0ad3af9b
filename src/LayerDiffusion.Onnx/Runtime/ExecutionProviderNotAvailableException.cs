namespace LayerDiffusion.Onnx.Runtime;

/// <summary>The device asked for cannot be used: its execution provider is missing or refuses to start.</summary>
public sealed class ExecutionProviderNotAvailableException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="ExecutionProviderNotAvailableException"/> class.</summary>
    public ExecutionProviderNotAvailableException()
        : this("The execution provider asked for is not available.")
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ExecutionProviderNotAvailableException"/> class.</summary>
    /// <param name="message">What was asked for, what was found and which package brings it.</param>
    public ExecutionProviderNotAvailableException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="ExecutionProviderNotAvailableException"/> class.</summary>
    /// <param name="message">What was asked for, what was found and which package brings it.</param>
    /// <param name="innerException">What the runtime said.</param>
    public ExecutionProviderNotAvailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal ExecutionProviderNotAvailableException(Device device, string message, Exception? innerException = null)
        : base(message, innerException) => this.Device = device;

    /// <summary>Gets the device that was asked for.</summary>
    public Device Device { get; }
}
