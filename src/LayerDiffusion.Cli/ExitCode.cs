namespace LayerDiffusion.Cli;

/// <summary>What the program tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>All done.</summary>
    public const int Done = 0;

    /// <summary>The work failed; one line says why.</summary>
    public const int Failed = 1;

    /// <summary>The arguments, or the request that stands for them, are wrong.</summary>
    public const int WrongArguments = 2;

    /// <summary>Interrupted; nothing was written.</summary>
    public const int Interrupted = 130;
}
