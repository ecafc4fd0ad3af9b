namespace LayerDiffusion.Cli;

/// <summary>The arguments are wrong; the message names the one, what was found and what is wanted.</summary>
internal sealed class UsageException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="UsageException"/> class.</summary>
    /// <param name="message">What is wrong.</param>
    public UsageException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="UsageException"/> class.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What an exception of the library says, without the name of its method's parameter.</summary>
    public static string TextOf(ArgumentException exception)
    {
        // Everything after the first line, and what stands in brackets at its end, is about the parameter.
        string message = exception.Message.Split('\n')[0];
        int parameter = message.LastIndexOf(" (Parameter ", StringComparison.Ordinal);
        return parameter < 0 ? message : message[..parameter];
    }
}
